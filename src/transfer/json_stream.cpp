#include "transfer/json_stream.hpp"

#include <boost/json.hpp>
#include <boost/json/basic_parser_impl.hpp>

#include <map>
#include <utility>
#include <vector>

#include "transfer/json_path.hpp"

namespace transfer {
namespace {

namespace json = boost::json;

/// What one value costs beside its text; an estimate that keeps many small values from hiding.
constexpr std::size_t kValueBytes = 48;
constexpr std::size_t kCountersMax = 1000;

/// An array or object of the record that is being built.
struct Frame {
    json::value container;
    std::string key;               ///< under which it goes into its parent
    bool record = false;           ///< a record inside of a shell
    std::size_t bytes_before = 0;  ///< of the whole when it was opened
};

/// Receives the parser's events. Outside of records it only follows the path; inside it builds the value.
class Splitter {
public:
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);

    Splitter(JsonOptions options, JsonStream::RoleOf role_of, JsonStream::OnRecord on_record,
             JsonStream::OnFault on_fault)
        : options_(options),
          role_of_(std::move(role_of)),
          on_record_(std::move(on_record)),
          on_fault_(std::move(on_fault)) {}

    /// Index of the record that comes next in the list that was read last.
    [[nodiscard]] std::int64_t next_index() const {
        const auto found = counts_.find(last_path_);
        return found == counts_.end() ? 0 : found->second;
    }
    [[nodiscard]] std::int64_t records() const { return records_; }

    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code&) { return open(json::object()); }
    bool on_object_end(std::size_t, json::error_code&) { return close(); }
    bool on_array_begin(json::error_code&) { return open(json::array()); }
    bool on_array_end(std::size_t, json::error_code&) { return close(); }
    bool on_key_part(json::string_view part, std::size_t, json::error_code&) { return append(key_, part); }
    bool on_key(json::string_view part, std::size_t, json::error_code&) {
        append(key_, part);
        spend(key_.size());
        if (following()) path_.key(key_);
        next_key_ = std::exchange(key_, {});
        return true;
    }
    bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
        return append(text_, part);
    }
    bool on_string(json::string_view part, std::size_t, json::error_code&) {
        append(text_, part);
        const std::string text = std::exchange(text_, {});
        return scalar(json::value(json::string_view(text)), text.size());
    }
    bool on_number_part(json::string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t number, json::string_view, json::error_code&) {
        return scalar(json::value(number));
    }
    bool on_uint64(std::uint64_t number, json::string_view, json::error_code&) {
        return scalar(json::value(number));
    }
    bool on_double(double number, json::string_view, json::error_code&) {
        return scalar(json::value(number));
    }
    bool on_bool(bool flag, json::error_code&) { return scalar(json::value(flag)); }
    bool on_null(json::error_code&) { return scalar(json::value(nullptr)); }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }

private:
    [[nodiscard]] bool building() const { return !frames_.empty(); }
    /// Paths matter only where a record may start.
    [[nodiscard]] bool following() const { return !building() || in_shell_; }

    /// Texts are collected up to the bound of a record and thrown away behind it.
    bool append(std::string& text, json::string_view part) {
        if (text.size() + part.size() <= options_.record_bytes_max) {
            text.append(part.data(), part.size());
        } else if (building()) {
            spend(part.size() + options_.record_bytes_max);
        }
        return true;
    }

    void spend(std::size_t bytes) {
        if (!building() || too_big_) return;
        bytes_ += bytes + kValueBytes;
        if (bytes_ <= options_.record_bytes_max) return;
        too_big_ = true;
        for (Frame& frame : frames_)
            frame.container = nullptr;
    }

    bool open(json::value container) {
        Role role = Role::none;
        if (following()) {
            path_.enter(container.is_array());
            role = role_of_(path_.text());
        }
        if (!building()) {
            if (role == Role::none) return true;
            in_shell_ = role == Role::shell;
            bytes_ = 0;
            too_big_ = false;
        }
        frames_.push_back({.container = too_big_ ? json::value() : std::move(container),
                           .key = std::exchange(next_key_, {}),
                           .record = role == Role::record,
                           .bytes_before = bytes_});
        spend(0);
        return true;
    }

    bool close() {
        const std::string path = following() || frames_.size() == 1 ? path_.text() : std::string();
        if (following() || frames_.size() == 1) path_.leave();
        if (!building()) return true;
        Frame frame = std::move(frames_.back());
        frames_.pop_back();
        if (!building()) {
            hand_out(path, frame.container);
        } else if (frame.record && in_shell_) {
            hand_out(path, frame.container);
            // What is left of the shell goes on without the record.
            if (!too_big_) bytes_ = frame.bytes_before;
        } else if (!too_big_) {
            attach(std::move(frame.key), std::move(frame.container));
        }
        return true;
    }

    bool scalar(json::value value, std::size_t bytes = 0) {
        if (building()) {
            spend(bytes);
            if (!too_big_) attach(std::exchange(next_key_, {}), std::move(value));
            return true;
        }
        const std::string path = path_.of_next();
        if (role_of_(path) == Role::none) return true;
        too_big_ = false;
        hand_out(path, value);
        return true;
    }

    void attach(std::string key, json::value value) {
        json::value& parent = frames_.back().container;
        if (json::array* array = parent.if_array()) {
            array->push_back(std::move(value));
        } else if (json::object* object = parent.if_object()) {
            object->insert_or_assign(key, std::move(value));
        }
    }

    void hand_out(const std::string& path, const json::value& value) {
        last_path_ = path;
        // A file may have any number of paths that are records, but not of counters.
        const bool counted = counts_.size() < kCountersMax || counts_.contains(path);
        const std::int64_t index = counts_[counted ? path : std::string()]++;
        ++records_;
        if (too_big_) {
            on_fault_({.index = index,
                       .code = "too_big",
                       .message = "The record needs more than " +
                                  std::to_string(options_.record_bytes_max / (1024 * 1024)) +
                                  " MiB and was left out."});
        } else {
            on_record_(path, value, index);
        }
    }

    JsonOptions options_;
    JsonStream::RoleOf role_of_;
    JsonStream::OnRecord on_record_;
    JsonStream::OnFault on_fault_;
    JsonPath path_;
    std::string key_, next_key_, text_, last_path_;
    std::vector<Frame> frames_;
    std::map<std::string, std::int64_t> counts_;
    std::int64_t records_ = 0;
    std::size_t bytes_ = 0;
    bool in_shell_ = false;
    bool too_big_ = false;
};

json::parse_options parser_options(const JsonOptions& options) {
    json::parse_options result;
    result.max_depth = options.depth_max;
    result.allow_invalid_utf8 = true;  // replaced when a text is taken from the record
    return result;
}

}  // namespace

struct JsonStream::State {
    json::basic_parser<Splitter> parser;
    OnFault on_fault;
    SurrogateRepair repair;
    std::string repaired;
    std::uint64_t consumed = 0;  ///< of the repaired text
    bool ignores_semicolon = false;
    bool stopped = false;

    void fail(std::string code, std::string message) {
        stopped = true;
        on_fault(
            {.index = parser.handler().next_index(), .code = std::move(code), .message = std::move(message)});
    }

    void write(std::string_view text) {
        if (!parser.done()) {
            json::error_code error;
            const std::size_t used = parser.write_some(true, text.data(), text.size(), error);
            consumed += used;
            if (error)
                return fail("invalid_json", "The JSON is malformed at byte " + std::to_string(consumed + 1) +
                                                " (" + error.message() + "); the rest was not read.");
            text.remove_prefix(used);
        }
        const std::size_t stray = text.find_first_not_of(ignores_semicolon ? " \t\r\n;" : " \t\r\n");
        if (stray != std::string_view::npos)
            fail("invalid_json", "There is more text behind the end of the JSON document, at byte " +
                                     std::to_string(consumed + stray + 1) + "; it was not read.");
        consumed += text.size();
    }
};

JsonStream::JsonStream(JsonOptions options, RoleOf role_of, OnRecord on_record, OnFault on_fault)
    : state_(
          new State{.parser = json::basic_parser<Splitter>(
                        parser_options(options), options, std::move(role_of), std::move(on_record), on_fault),
                    .on_fault = on_fault,
                    .repair = {},
                    .repaired = {},
                    .ignores_semicolon = options.ignores_semicolon}) {}

JsonStream::~JsonStream() = default;

void JsonStream::feed(std::string_view chunk) {
    if (state_->stopped) return;
    state_->repaired.clear();
    state_->repair.feed(chunk, state_->repaired);
    state_->write(state_->repaired);
}

void JsonStream::finish() {
    if (state_->stopped) return;
    state_->repaired.clear();
    state_->repair.finish(state_->repaired);
    state_->write(state_->repaired);
    if (state_->stopped || state_->parser.done()) return;
    state_->fail("truncated", "The file ends in the middle, after byte " + std::to_string(state_->consumed) +
                                  "; " + std::to_string(state_->parser.handler().records()) +
                                  " complete records were read before that.");
}

}  // namespace transfer

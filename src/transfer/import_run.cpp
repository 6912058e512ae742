#include "transfer/import_run.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <unordered_set>

#include "transfer/source_file.hpp"

namespace transfer {
namespace {

/// Texts of one batch; a file of huge posts must not hold 500 of them.
constexpr std::size_t kBatchBytes = 4 * 1024 * 1024;
constexpr std::size_t kTagColorsMax = 10'000;

std::size_t size_of(const Record& record) {
    const bookmarks::Draft& draft = record.draft;
    std::size_t size = sizeof record + draft.content.size() + draft.url.size();
    if (draft.note) size += draft.note->size();
    for (const auto* list : {&draft.links, &draft.hashtags, &draft.mentions, &draft.tags})
        for (const std::string& text : *list)
            size += sizeof text + text.size();
    return size + draft.media.size() * sizeof(bookmarks::Media);
}

bool is_color(std::string_view text) {
    return text.size() == 7 && text[0] == '#' &&
           text.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string_view::npos;
}

/// `name` and `color` of a tag of an own export; nothing without a colour.
std::optional<std::pair<std::string, std::string>> read_tag(const std::string& text) {
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(text, error);
    const boost::json::object* object = error ? nullptr : value.if_object();
    if (object == nullptr) return {};
    const boost::json::value* name = object->if_contains("name");
    const boost::json::value* color = object->if_contains("color");
    if (name == nullptr || !name->is_string() || color == nullptr || !color->is_string()) return {};
    auto tag = bookmarks::normalise_tag(name->get_string());
    if (!tag || !is_color(color->get_string())) return {};
    return std::pair{*std::move(tag), std::string(color->get_string())};
}

/// Collects what the reader finds and hands it on in batches.
class Intake {
public:
    Intake(ImportWriter& writer, ImportReport& report) : writer_(writer), report_(report) {}

    [[nodiscard]] Sink sink() {
        return {.record = [this](Record&& record) { take(std::move(record)); },
                .category = [this](CategoryRecord&& category) { take(std::move(category)); },
                .error = [this](RecordError&& error) { report_.refuse(std::move(error)); },
                .warning = [this](std::string_view message) { report_.warn(std::string(message)); },
                .part = [this](PartRecord&& part) { take(part); },
                .categories_end = [this] { flush(); }};
    }

    [[nodiscard]] bool failed() const { return error_.has_value(); }
    [[nodiscard]] const base::Error& error() const { return *error_; }

    /// Writes what is left.
    void finish() {
        flush();
        if (!failed()) keep(writer_.color_tags(colors_));
        if (!failed()) keep(writer_.restore(parts_));
        if (!failed()) keep(writer_.finish());
        if (unread_ > 0)
            report_.warn(std::to_string(unread_) + " searches or settings of the file could not be read.");
    }

    // Categories first: exports by line name them before the bookmarks that are in them.
    void flush() {
        if (failed()) return;
        keep(writer_.write_categories(std::exchange(categories_, {})));
        bytes_ = 0;
        if (!failed()) keep(writer_.write(std::exchange(records_, {})));
    }

private:
    void take(Record&& record) {
        if (failed()) return;
        bytes_ += size_of(record);
        records_.push_back(std::move(record));
        if (records_.size() >= ImportWriter::kBatchRecords || bytes_ >= kBatchBytes) flush();
    }

    void take(CategoryRecord&& category) {
        if (failed()) return;
        categories_.push_back(std::move(category));
        if (categories_.size() >= ImportWriter::kBatchRecords) flush();
    }

    void take(const PartRecord& part) {
        if (part.part == "tagDetails") {
            if (auto tag = read_tag(part.json); tag && colors_.size() < kTagColorsMax)
                if (tags_.insert(tag->first).second) colors_.push_back(*std::move(tag));
        } else if (!parts_.add(part)) {
            ++unread_;
        }
    }

    void keep(base::Result<void> result) {
        if (!result && !failed()) error_ = result.error();
    }

    ImportWriter& writer_;
    ImportReport& report_;
    std::vector<Record> records_;
    std::size_t bytes_ = 0;
    std::vector<CategoryRecord> categories_;
    std::vector<std::pair<std::string, std::string>> colors_;
    std::unordered_set<std::string> tags_;
    ImportParts parts_;
    std::int64_t unread_ = 0;
    std::optional<base::Error> error_;
};

ImportFailure failure_of(const base::Error& error, bool stopping) {
    const bool away = error.code == base::Errc::service_unavailable;
    const bool gone = error.code == base::Errc::user_not_found;
    std::string code = gone ? "USER_NOT_FOUND" : away ? "SERVICE_UNAVAILABLE" : "IMPORT_ERROR";
    std::string message(error.text);
    if (message.empty()) message = "The import failed because of an error of the server.";
    return {.code = std::move(code), .message = std::move(message), .interrupted = stopping};
}

}  // namespace

std::expected<ImportReport, ImportFailure> run_import(const ImportEnvironment& environment,
                                                      const std::filesystem::path& file,
                                                      const ImportTarget& target,
                                                      const ImportOptions& options,
                                                      const OnImportProgress& progress) {
    const auto& stopping = environment.loop.stopping;
    ImportReport report;
    report.on_error = environment.on_error;
    report.on_sample = environment.on_sample;
    ImportWriter writer({.loop = environment.loop,
                         .database = environment.database,
                         .announcer = environment.announcer,
                         .fence = environment.fence},
                        environment.clock, target, options, report);
    Intake intake(writer, report);
    bool ended_by_caller = false;
    const auto go_on = [&](std::uint64_t done, std::uint64_t total) {
        if (progress &&
            !progress({.bytes_done = done, .bytes_total = total, .records = report.counts.total()}))
            ended_by_caller = true;
        return !ended_by_caller && !stopping() && !intake.failed();
    };
    const Sink sink = intake.sink();
    const auto read = read_file(file, options.source, sink, go_on, {}, options.include_likes);
    if (stopping() || ended_by_caller)
        return std::unexpected(ImportFailure{
            .code = "IMPORT_INTERRUPTED", .message = "The import was interrupted.", .interrupted = true});
    if (intake.failed()) return std::unexpected(failure_of(intake.error(), stopping()));
    if (!read)
        return std::unexpected(
            ImportFailure{.code = "INVALID_IMPORT_FILE", .message = read.error(), .unreadable = true});
    report.format = to_string(*read);
    intake.finish();
    if (intake.failed()) return std::unexpected(failure_of(intake.error(), stopping()));
    return report;
}

std::optional<std::string> check_import_file(const std::filesystem::path& path, std::uint64_t offset,
                                             std::uint64_t size_bytes, Format asked, bool include_likes) {
    auto file = SourceFile::open(path, offset, size_bytes);
    if (!file) return file.error();
    const Sink nothing;
    // The first word of the reading itself: the format is known and the file was not refused.
    bool is_readable = false;
    const auto read = read_file(
        *file, asked, nothing,
        [&is_readable](std::uint64_t, std::uint64_t) {
            is_readable = true;
            return false;
        },
        {}, include_likes);
    if (read || is_readable) return {};
    return read.error();
}

}  // namespace transfer

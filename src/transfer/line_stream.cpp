#include "transfer/line_stream.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace transfer {

namespace json = boost::json;

LineStream::LineStream(JsonOptions options, OnValue on_value, OnFault on_fault)
    : options_(options), on_value_(std::move(on_value)), on_fault_(std::move(on_fault)) {}

void LineStream::feed(std::string_view chunk) {
    while (!chunk.empty()) {
        const std::size_t end = chunk.find('\n');
        const std::string_view piece = chunk.substr(0, end);
        too_big_ = too_big_ || line_.size() + piece.size() > options_.record_bytes_max;
        if (too_big_) {
            line_.clear();
        } else {
            line_ += piece;
        }
        if (end == std::string_view::npos) return;
        end_line(true);
        chunk.remove_prefix(end + 1);
    }
}

void LineStream::finish() {
    if (too_big_ || !line_.empty()) end_line(false);
}

void LineStream::end_line(bool complete) {
    if (too_big_) {
        on_fault_({.index = number_, .code = "too_big", .message = "The line is too big and was left out."});
    } else if (line_.find_first_not_of(" \t\r") != std::string::npos) {
        parse(complete);
    }
    line_.clear();
    too_big_ = false;
    ++number_;
}

void LineStream::parse(bool complete) {
    std::string text;
    SurrogateRepair repair;
    repair.feed(line_, text);
    repair.finish(text);
    json::parse_options options;
    options.max_depth = options_.depth_max;
    options.allow_invalid_utf8 = true;
    json::error_code error;
    const json::value value = json::parse(text, error, {}, options);
    if (!error) return on_value_(value, number_);
    if (!complete && error == json::error::incomplete)
        return on_fault_({.index = number_,
                          .code = "truncated",
                          .message = "The file ends in the middle of line " + std::to_string(number_) + "."});
    on_fault_({.index = number_,
               .code = "invalid_json",
               .message = "The line is not valid JSON (" + error.message() + ")."});
}

}  // namespace transfer

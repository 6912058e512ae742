// The readers of single records, one per format: a JSON value (or a CSV row made into an object) becomes a
// Record. They know nothing of files, chunks or limits.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "transfer/collector.hpp"
#include "transfer/format.hpp"
#include "transfer/json_stream.hpp"
#include "transfer/reader.hpp"

namespace transfer {

/// How a format reads its records. `path` is that of json_path.hpp; lines and rows have the path `[]`.
struct Reading {
    JsonStream::RoleOf role_of;
    std::function<void(std::string_view path, const boost::json::value& value, std::int64_t line)> take;
    /// At the end of the file, for records that waited for what follows them.
    std::function<void()> finish = {};
};

[[nodiscard]] Reading read_x_bookmarker(Collector& collector, Shape shape);
[[nodiscard]] Reading read_twitter_web_exporter(Collector& collector, Shape shape);
[[nodiscard]] Reading read_x_graphql(Collector& collector);
[[nodiscard]] Reading read_x_archive(Collector& collector, const ReadContext& context);
[[nodiscard]] Reading read_siftly(Collector& collector, const ReadContext& context);
[[nodiscard]] Reading read_dewey(Collector& collector);
[[nodiscard]] Reading read_fieldtheory(Collector& collector);
/// Its records are what HtmlStream makes of links.
[[nodiscard]] Reading read_netscape(Collector& collector);
[[nodiscard]] Reading read_chrome(Collector& collector);
[[nodiscard]] Reading read_raindrop(Collector& collector);
[[nodiscard]] Reading read_pinboard(Collector& collector);
[[nodiscard]] Reading read_karakeep(Collector& collector, const ReadContext& context);
[[nodiscard]] Reading read_generic(Collector& collector);

/// The value as an object; otherwise null, after a `not_an_object` error.
[[nodiscard]] const boost::json::object* require_object(const boost::json::value& value, std::int64_t line,
                                                        Collector& collector);

}  // namespace transfer

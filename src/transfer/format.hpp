// The import formats that this version reads, and how the first bytes of a file tell which one it is.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace transfer {

/// `automatic` and `twitter` (any X format) are wishes; the rest are formats (contract 6.3).
enum class Format : std::uint8_t {
    automatic,
    twitter,
    x_bookmarker,
    twitter_web_exporter,
    x_graphql,
    x_archive,
    siftly,
    dewey,
    fieldtheory,
    netscape,
    chrome,
    raindrop,
    pinboard,
    karakeep,
    json,
    csv
};

/// The name of the contract, such as `auto` or `twitter-web-exporter`.
[[nodiscard]] std::string_view to_string(Format format);
/// `firefox` is `netscape`.
[[nodiscard]] std::optional<Format> parse_format(std::string_view name);

/// How records follow each other: one JSON document, one JSON value per line, CSV rows under a header, or
/// links of a Netscape bookmark file.
enum class Shape : std::uint8_t { document, lines, csv, html };

struct Detection {
    Format format = Format::automatic;  ///< never `automatic` or `twitter`
    Shape shape = Shape::document;
    char delimiter = ',';  ///< of CSV
};

/// How much of a file is looked at.
inline constexpr std::size_t kDetectionBytes = 64 * 1024;

/// Tells the format from the first `kDetectionBytes` of the decoded text. `complete` says that `head` is all
/// there is. The error is a sentence for a person: empty, binary, no bookmarks, or not the format that was
/// asked for.
[[nodiscard]] std::expected<Detection, std::string> detect(std::string_view head, bool complete,
                                                           Format asked);

}  // namespace transfer

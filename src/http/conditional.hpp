// Entity tags and If-None-Match (RFC 9110 sections 8.8.3 and 13.1.2, contract 1.6).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/compression.hpp"

namespace http {

/// `W/"…"` from the content: equal bytes have equal tags.
[[nodiscard]] std::string content_etag(std::string_view bytes);
/// The tag of a coded representation: strong ones get `-gzip`, `-br` or `-zstd` inside the quotes, weak ones
/// stay.
[[nodiscard]] std::string coded_etag(std::string_view etag, Coding coding);
/// The opaque part: without `W/`, quotes and coding suffix; nothing when malformed.
[[nodiscard]] std::optional<std::string_view> opaque_tag(std::string_view etag);
/// Whether `*` or one of the listed tags is `etag` by weak comparison. Malformed members never match.
[[nodiscard]] bool matches_any(std::string_view if_none_match, std::string_view etag);

}  // namespace http

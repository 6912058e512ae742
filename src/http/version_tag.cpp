#include "http/version_tag.hpp"

#include <charconv>

#include "base/encoding.hpp"

namespace http {

std::string list_etag(const Principal& principal, std::int64_t library_version) {
    const base::Digest digest = base::sha256(base::as_chars(principal.user.uuid.bytes));
    std::string tag = "W/\"";
    tag.append(kBuildTag).append("-").append(base::to_hex(std::span(digest).first(4)));
    return tag + '-' + std::to_string(library_version) + '"';
}

std::string row_etag(std::int64_t row_version, std::int64_t n) {
    std::string tag = "\"" + std::to_string(row_version) + '.' + std::to_string(n);
    return tag.append("-").append(kBuildTag) + '"';
}

base::Result<std::optional<std::int64_t>> read_if_match(const Request& request) {
    const auto header = request.header("if-match");
    if (!header || *header == "*") return std::nullopt;
    std::string_view text = *header;
    if (text.starts_with('"')) text.remove_prefix(1);
    std::int64_t version = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (error != std::errc{} || end == text.data() + text.size() || *end != '.') return -1;
    return version;
}

}  // namespace http

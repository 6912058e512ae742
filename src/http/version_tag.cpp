#include "http/version_tag.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/encoding.hpp"
#include "http/conditional.hpp"

namespace http {

std::string list_etag(const Principal& principal, std::int64_t library_version) {
    const base::Digest digest = base::sha256(base::as_chars(principal.user.uuid.bytes));
    std::string tag = "W/\"";
    tag.append(kBuildTag).append("-").append(base::to_hex(std::span(digest).first(4)));
    return tag + '-' + std::to_string(library_version) + '"';
}

std::optional<Response> unchanged_list(const Call& call) {
    const auto known = call.request.header("if-none-match");
    if (!known || !call.library_version) return {};
    Response unchanged = json("", Caching::api_max_age);
    unchanged.etag = list_etag(*call.principal, *call.library_version);
    if (!matches_any(*known, unchanged.etag)) return {};
    return unchanged;
}

std::string row_etag(std::int64_t row_version, std::int64_t n) {
    std::string tag = "\"" + std::to_string(row_version) + '.' + std::to_string(n);
    return tag.append("-").append(kBuildTag) + '"';
}

base::Precondition read_if_match(const Request& request) {
    const auto header = request.header("if-match");
    if (!header || *header == "*") return {};
    std::vector<std::int64_t> versions;
    for (std::string_view rest = *header; !rest.empty();) {
        std::string_view tag = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(tag.size() + 1, rest.size()));
        tag.remove_prefix(std::min(tag.find_first_not_of(" \t"), tag.size()));
        // If-Match compares strongly: a weak tag never matches.
        if (!tag.starts_with('"')) continue;
        tag.remove_prefix(1);
        std::int64_t version = 0;
        const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), version);
        if (error == std::errc{} && end != tag.data() + tag.size() && *end == '.')
            versions.push_back(version);
    }
    return base::Precondition(std::move(versions));
}

}  // namespace http

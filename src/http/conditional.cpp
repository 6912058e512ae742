#include "http/conditional.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>

#include "base/encoding.hpp"
#include "http/parser.hpp"

namespace http {

std::string content_etag(std::string_view bytes) {
    const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, hash);
    return "W/\"" +
           base::to_base64url({reinterpret_cast<const char*>(canonical.digest), sizeof canonical.digest}) +
           "\"";
}

std::string coded_etag(std::string_view etag, Coding coding) {
    std::string out(etag);
    if (coding == Coding::identity || etag.starts_with("W/") || etag.size() < 2) return out;
    out.insert(out.size() - 1, "-" + std::string(to_string(coding)));
    return out;
}

std::optional<std::string_view> opaque_tag(std::string_view etag) {
    if (etag.starts_with("W/")) etag.remove_prefix(2);
    if (etag.size() < 2 || etag.front() != '"' || etag.back() != '"') return std::nullopt;
    etag = etag.substr(1, etag.size() - 2);
    for (const std::string_view suffix : {"-gzip", "-br", "-zstd"}) {
        if (etag.ends_with(suffix)) return etag.substr(0, etag.size() - suffix.size());
    }
    return etag;
}

bool matches_any(std::string_view if_none_match, std::string_view etag) {
    const auto ours = opaque_tag(etag);
    std::string_view rest = trim(if_none_match);
    if (!ours) return false;
    if (rest == "*") return true;
    while (!rest.empty()) {
        // A tag may hold commas, so that the list is cut at quotes.
        const auto open = rest.find('"');
        if (open == std::string_view::npos) return false;
        const auto close = rest.find('"', open + 1);
        if (close == std::string_view::npos) return false;
        if (opaque_tag(rest.substr(open, close - open + 1)) == ours) return true;
        rest = rest.substr(close + 1);
    }
    return false;
}

}  // namespace http

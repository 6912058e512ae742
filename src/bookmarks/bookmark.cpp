#include "bookmarks/bookmark.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/encoding.hpp"
#include "base/utf8.hpp"

namespace bookmarks {
namespace {

constexpr std::size_t kTagLengthMax = 100;
constexpr std::size_t kUrlBytesMax = 4096;
constexpr std::size_t kPostIdDigitsMax = 20;
constexpr std::size_t kHandleLengthMax = 50;

constexpr std::array<std::pair<PostStatus, std::string_view>, 7> kPostStatuses{{
    {PostStatus::available, "available"},
    {PostStatus::deleted, "deleted"},
    {PostStatus::suspended, "suspended"},
    {PostStatus::protected_, "protected"},
    {PostStatus::withheld, "withheld"},
    {PostStatus::unhydrated, "unhydrated"},
    {PostStatus::unknown, "unknown"},
}};

constexpr std::array<std::pair<BookmarkedAtSource, std::string_view>, 3> kBookmarkedAtSources{{
    {BookmarkedAtSource::user, "user"},
    {BookmarkedAtSource::import, "import"},
    {BookmarkedAtSource::first_seen, "first_seen"},
}};

template <class Value, std::size_t N>
std::string_view name_of(const std::array<std::pair<Value, std::string_view>, N>& table, Value value) {
    return std::ranges::find(table, value, &std::pair<Value, std::string_view>::first)->second;
}

template <class Value, std::size_t N>
std::optional<Value> value_of(const std::array<std::pair<Value, std::string_view>, N>& table,
                              std::string_view name) {
    const auto found = std::ranges::find(table, name, &std::pair<Value, std::string_view>::second);
    if (found == table.end()) return {};
    return found->first;
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](char c) { return lower(c); });
    return result;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_handle_character(char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_';
}

/// The pieces of `scheme://authority path ?query #fragment`; views into the text. Query and fragment lack
/// their sign.
struct UrlParts {
    std::string_view scheme, user, host, port, path, query;
    bool has_query = false;
};

std::optional<UrlParts> split_url(std::string_view url) {
    const std::size_t colon = url.find("://");
    if (colon == std::string_view::npos || colon == 0) return {};
    UrlParts parts;
    parts.scheme = url.substr(0, colon);
    std::string_view rest = url.substr(colon + 3);
    rest = rest.substr(0, rest.find('#'));
    if (const std::size_t mark = rest.find('?'); mark != std::string_view::npos) {
        parts.has_query = true;
        parts.query = rest.substr(mark + 1);
        rest = rest.substr(0, mark);
    }
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    parts.path = rest.substr(slash);
    std::string_view authority = rest.substr(0, slash);
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        parts.user = authority.substr(0, at + 1);
        authority = authority.substr(at + 1);
    }
    const std::size_t port = authority.rfind(':');
    const bool has_port =
        port != std::string_view::npos && std::ranges::all_of(authority.substr(port + 1), is_digit);
    parts.host = has_port ? authority.substr(0, port) : authority;
    if (has_port) parts.port = authority.substr(port + 1);
    const bool stray_colon = !parts.host.starts_with('[') && parts.host.find(':') != std::string_view::npos;
    if (parts.host.empty() || stray_colon) return {};
    return parts;
}

bool is_x_host(std::string_view host) {
    std::string name = lower(host);
    for (const std::string_view prefix : {"www.", "mobile."})
        if (name.starts_with(prefix)) {
            name.erase(0, prefix.size());
            break;
        }
    return name == "x.com" || name == "twitter.com";
}

/// Where `/status/` or `/statuses/` and its id are in a path.
struct StatusPath {
    std::string_view before;  ///< the path up to the word
    std::string_view id;
};

std::optional<StatusPath> find_status(std::string_view path) {
    for (const std::string_view word : {"/status/", "/statuses/"}) {
        const std::size_t at = path.find(word);
        if (at == std::string_view::npos) continue;
        std::string_view id = path.substr(at + word.size());
        id = id.substr(0, std::min(id.find_first_not_of("0123456789"), id.size()));
        if (id.empty() || id.size() > kPostIdDigitsMax) continue;
        return StatusPath{.before = path.substr(0, at), .id = id};
    }
    return {};
}

bool is_default_port(std::string_view scheme, std::string_view port) {
    return port.empty() || (scheme == "http" && port == "80") || (scheme == "https" && port == "443");
}

bool is_tracking(std::string_view name, bool on_x) {
    const std::string key = lower(name.substr(0, name.find('=')));
    return key.starts_with("utm_") || (on_x && (key == "s" || key == "t"));
}

/// The query without tracking parameters, with its `?`, or nothing when none are left.
std::string kept_query(const UrlParts& parts, bool on_x) {
    if (!parts.has_query) return {};
    std::string kept;
    std::string_view rest = parts.query;
    bool removed = false;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('&'), rest.size());
        const std::string_view parameter = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (is_tracking(parameter, on_x)) {
            removed = true;
        } else {
            kept += kept.empty() ? "?" : "&";
            kept += parameter;
        }
    }
    // A lone `?` means another resource than none, unless it is what was left of a removal.
    return kept.empty() && !removed ? "?" : kept;
}

/// Trims, and makes each run of white space one blank; nothing for a comma or a control character.
std::optional<std::string> squeeze(std::string_view text) {
    std::string result;
    bool blank_pending = false;
    for (std::size_t position = 0; position < text.size();) {
        const char32_t c = base::next_code_point(text, position);
        if (u_isUWhiteSpace(static_cast<UChar32>(c))) {
            blank_pending = !result.empty();
            continue;
        }
        if (c == U',' || u_charType(static_cast<UChar32>(c)) == U_CONTROL_CHAR) return {};
        if (std::exchange(blank_pending, false)) result += ' ';
        base::append_utf8(result, c);
    }
    return result;
}

/// NFC of valid UTF-8. ICU can only fail for want of its data or of memory; then the text stays as it is.
std::string compose(const std::string& text) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
    if (U_FAILURE(status)) return text;
    const icu::UnicodeString composed = nfc->normalize(icu::UnicodeString::fromUTF8(text), status);
    if (U_FAILURE(status)) return text;
    std::string result;
    composed.toUTF8String(result);
    return result;
}

bool is_post_id(std::string_view id) {
    return !id.empty() && id.size() <= kPostIdDigitsMax && std::ranges::all_of(id, is_digit);
}

bool is_handle(std::string_view name) {
    return !name.empty() && name.size() <= kHandleLengthMax && std::ranges::all_of(name, is_handle_character);
}

}  // namespace

std::string_view to_string(BookmarkedAtSource source) {
    return name_of(kBookmarkedAtSources, source);
}

std::string_view to_string(PostStatus status) {
    return name_of(kPostStatuses, status);
}

std::optional<PostStatus> parse_post_status(std::string_view text) {
    return value_of(kPostStatuses, text);
}

std::optional<BookmarkedAtSource> parse_bookmarked_at_source(std::string_view text) {
    return value_of(kBookmarkedAtSources, text);
}

std::optional<std::string> normalise_tag(std::string_view text) {
    const auto squeezed = squeeze(text);
    if (!squeezed || squeezed->empty()) return {};
    std::string tag = compose(*squeezed);
    if (base::count_code_points(tag) > kTagLengthMax) return {};
    return tag;
}

std::string normalise_url(std::string_view url) {
    const auto parts = split_url(url);
    if (!parts) return std::string(url);
    const bool on_x = is_x_host(parts->host);
    if (on_x)
        if (const auto status = find_status(parts->path))
            return "https://x.com/i/status/" + std::string(status->id);
    std::string result = lower(parts->scheme);
    const bool default_port = is_default_port(result, parts->port);
    result += "://";
    result += parts->user;
    result += on_x ? "x.com" : lower(parts->host);
    if (!default_port) (result += ':') += parts->port;
    result += parts->path;
    result += kept_query(*parts, on_x);
    return result;
}

std::optional<std::string> post_id_of_url(std::string_view url) {
    const auto parts = split_url(url);
    if (!parts || !is_x_host(parts->host)) return {};
    const auto status = find_status(parts->path);
    if (!status) return {};
    return std::string(status->id);
}

std::optional<std::string> handle_of_url(std::string_view url) {
    const auto parts = split_url(url);
    if (!parts || !is_x_host(parts->host)) return {};
    const auto status = find_status(parts->path);
    if (!status || !status->before.starts_with('/')) return {};
    const std::string_view handle = status->before.substr(1);
    // `/i/status/…` and `/i/web/status/…` name no author.
    if (handle == "i" || !is_handle(handle)) return {};
    return std::string(handle);
}

std::string synthesise_id(std::string_view normalised_url, std::string_view content,
                          std::string_view author_username) {
    std::string key(normalised_url);
    if (key.empty()) {
        key = content;
        key += '\0';
        key += author_username;
    }
    const base::Digest digest = base::sha256(key);
    return "import-" + base::to_hex(std::span(digest).first(16));
}

bool is_http_url(std::string_view url) {
    if (url.size() > kUrlBytesMax || !base::is_valid_utf8(url)) return false;
    for (std::size_t position = 0; position < url.size();) {
        const auto c = static_cast<UChar32>(base::next_code_point(url, position));
        if (u_charType(c) == U_CONTROL_CHAR || u_isUWhiteSpace(c)) return false;
    }
    const auto parts = split_url(url);
    if (!parts) return false;
    const std::string scheme = lower(parts->scheme);
    return scheme == "http" || scheme == "https";
}

void complete(Draft& draft) {
    if (draft.x_tweet_id.empty()) draft.x_tweet_id = post_id_of_url(draft.url).value_or("");
    if (draft.x_tweet_id.empty())
        draft.x_tweet_id = synthesise_id(draft.url.empty() ? "" : normalise_url(draft.url), draft.content,
                                         draft.author_username);
    if (draft.url.empty() && is_post_id(draft.x_tweet_id)) {
        const bool named = is_handle(draft.author_username);
        draft.url = "https://x.com/" + (named ? draft.author_username : std::string("i")) + "/status/" +
                    draft.x_tweet_id;
    }
}

}  // namespace bookmarks

// Any bytes as an answer of X: nothing crashes, posts are fit to be stored, only a 200 is ever `ok`, and what
// is shown to a person is short and readable. The first byte of the input chooses the status, the rest is the
// body.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/utf8.hpp"
#include "x/oauth.hpp"
#include "x/post.hpp"
#include "x/verdict.hpp"

namespace {

constexpr base::Time kNow{std::chrono::seconds{1'790'000'000}};
constexpr std::array kStatuses{200, 400, 401, 402, 403, 404, 408, 418, 429, 500, 503, 302};
constexpr std::size_t kIdDigitsMax = 20;
constexpr std::size_t kDescriptionBytesMax = 300;

void require(bool condition) {
    if (!condition) std::abort();
}

void require_clean(std::string_view text) {
    require(base::clean_text(text) == text);
}

void require_id(std::string_view id) {
    require(!id.empty() && id.size() <= kIdDigitsMax);
    require(id.find_first_not_of("0123456789") == std::string_view::npos);
}

void check_post(const x::Post& post) {
    const auto& draft = post.draft;
    require_id(draft.x_tweet_id);
    require(!draft.url.empty() && draft.source == "x-api");
    require_clean(draft.content);
    require_clean(draft.author_username);
    require_clean(draft.author_display_name);
    if (post.article) require_clean(*post.article);
    for (const auto& media : draft.media)
        require(bookmarks::is_http_url(media.url) && !media.type.empty());
    for (const auto* list : {&draft.links, &draft.hashtags, &draft.mentions})
        for (const auto& text : *list) {
            require(!text.empty());
            require_clean(text);
        }
    for (const auto& link : draft.links)
        require(bookmarks::is_http_url(link));
    for (const auto& reference : draft.referenced)
        require(!reference.id.empty());
}

void check_page(std::string_view body, x::Asked asked) {
    const auto page = x::read_page(body, asked, kNow);
    if (!page) return;
    require(page->resources == static_cast<std::int64_t>(page->posts.size()) + page->unreadable);
    require(!page->next_token || !page->next_token->empty());
    for (const auto& post : page->posts)
        check_post(post);
    for (const auto& problem : page->problems)
        require_id(problem.post_id);
}

void check_verdict(int status, std::string_view body) {
    for (const bool has_cursor : {false, true})
        for (const bool may_switch : {false, true}) {
            const auto verdict = x::judge({.status = status,
                                           .body = body,
                                           .rate_limit = {},
                                           .has_cursor = has_cursor,
                                           .may_switch = may_switch});
            require((verdict.decision == x::Decision::ok) == (status == 200));
            require(may_switch || verdict.decision != x::Decision::switch_dialect);
            require(has_cursor || verdict.decision != x::Decision::bad_cursor);
        }
    const std::string words = x::describe(body);
    require(words.size() <= kDescriptionBytesMax);
    require_clean(words);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view body(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    check_page(body, x::Asked::list);
    check_page(body, x::Asked::posts);
    check_verdict(kStatuses[bytes[0] % kStatuses.size()], body);
    const auto tokens = x::read_tokens(body);
    require(!tokens || (!tokens->access_token.empty() && tokens->expires_in.count() > 0));
    return 0;
}

// Posts and pages of X's API v2, in either dialect (contract 4.3, 4.7). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "bookmarks/bookmark.hpp"

namespace x {

/// A post as X delivered it.
struct Post {
    /// Everything that a bookmark takes from X; `source` is `x-api`. Author names are empty when X did not
    /// deliver the author, `bookmarked_at` always. `post_status` is available, or withheld.
    bookmarks::Draft draft;
    std::string author_id;               ///< may be empty
    std::string conversation_id;         ///< may be empty
    std::optional<std::string> article;  ///< raw JSON of an article
};

/// A post that X speaks of and does not deliver.
struct Problem {
    std::string post_id;
    bookmarks::PostStatus status = bookmarks::PostStatus::unknown;
    std::string type;  ///< last part of the problem's type, such as `resource-not-found`
};

struct Page {
    std::vector<Post> posts;  ///< `data` in X's order
    std::vector<Problem> problems;
    std::optional<std::string> next_token;  ///< nothing: this was the last page
    /// Elements of `data`, readable or not: what X bills. Users, media and posts of `includes` are counted
    /// apart, because X does not say whether they are billed.
    std::int64_t resources = 0;
    std::int64_t included_users = 0;
    std::int64_t included_posts = 0;
    std::int64_t unreadable = 0;  ///< elements of `data` without an id of X's form
};

/// What a page answers: a list of its own, or a question for certain posts.
enum class Asked : std::uint8_t { list, posts };

/// Reads the body of a 200; what it does not know it leaves out. `now` is the time of metrics. Nothing for
/// what is not a JSON object with `data`, or instead `meta` of an empty list or `errors` of posts that there
/// are not: an empty object must not look like the end of a list.
[[nodiscard]] std::optional<Page> read_page(std::string_view body, Asked asked, base::Time now);

}  // namespace x

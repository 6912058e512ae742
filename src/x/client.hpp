// X's API v2 as this program uses it (contract 4.1, 4.3, 4.5): single requests and what their answers mean.
// It knows no database and never tries again by itself: what follows from a verdict is the caller's business.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/task.hpp"
#include "x/post.hpp"
#include "x/request_count.hpp"
#include "x/verdict.hpp"

namespace fetch {
class Client;
}

namespace x {

/// How field names are spelled in requests (contract 4.3). Answers may use either.
enum class Dialect : std::uint8_t { tweet, post };
[[nodiscard]] std::string_view to_string(Dialect dialect);
[[nodiscard]] std::optional<Dialect> parse_dialect(std::string_view word);
[[nodiscard]] constexpr Dialect other(Dialect dialect) {
    return dialect == Dialect::tweet ? Dialect::post : Dialect::tweet;
}

/// What a request is made with. From `Accounts::credentials`; never logged, never kept.
struct Credentials {
    base::UserId user;
    std::string x_user_id;
    std::string access_token;
    Dialect dialect = Dialect::tweet;
    bool owns_app = false;        ///< reads cost the price of owned reads (contract 4.6)
    std::int64_t generation = 0;  ///< of the pair of tokens; grows with every refresh
    std::optional<base::Time> expires_at = {};
};

struct PageRequest {
    int max_results = 100;  ///< 1 to 100
    std::optional<std::string> pagination_token = {};
    std::string trace_id = {};  ///< 32 hexadecimal digits; empty: a trace of its own
};

struct Answer {
    int status = 0;  ///< of HTTP; 0: there was none
    RateLimit rate_limit;
    Verdict verdict;
    Page page;            ///< of a verdict `ok`
    std::string problem;  ///< otherwise what X said, for a person; no secrets
};

struct User {
    std::string id;
    std::string username;
    std::string name;
    std::optional<std::string> profile_image_url;
};

struct UserAnswer {
    int status = 0;
    RateLimit rate_limit;
    Verdict verdict;
    User user;  ///< of a verdict `ok`
    std::string problem;
};

struct ClientOptions {
    std::string base_url = "https://api.x.com";  ///< X_API_BASE_URL, without a slash at the end
    std::chrono::milliseconds timeout{30'000};   ///< X_API_TIMEOUT
    /// X_API_DIALECT, when it is not `auto`: goes before that of the credentials, and nothing switches.
    std::optional<Dialect> dialect = {};
    observe::Counters* counters = nullptr;  ///< of requests; null: they are not counted
};

class Client {
public:
    /// All must outlive it. For the thread of `http`'s loop.
    Client(fetch::Client& http, ClientOptions options, const base::Clock& clock)
        : http_(http), options_(std::move(options)), clock_(clock) {}

    /// One page of the account's bookmarks, newest first.
    base::Task<Answer> bookmarks(Credentials credentials, PageRequest request);
    /// Up to 100 posts by id. What X does not deliver is in `page.problems`, or nowhere.
    base::Task<Answer> posts(Credentials credentials, std::vector<std::string> ids,
                             std::string trace_id = {});
    /// Whose token this is: the cheapest question there is.
    base::Task<UserAnswer> me(std::string access_token, std::string trace_id = {});

private:
    struct Question {
        Asked asked;
        bool has_cursor = false;
    };
    void count(std::string_view endpoint, int status, const RateLimit& limit) const;
    base::Task<Answer> page(Credentials credentials, std::string path, Question question,
                            std::string trace_id);

    fetch::Client& http_;
    ClientOptions options_;
    const base::Clock& clock_;
};

/// `post.fields=…&expansions=…` and the rest of what is asked for with every post.
[[nodiscard]] std::string field_parameters(Dialect dialect);

}  // namespace x

// Two requests out of any bytes: their keys in the cache are the same exactly if user, version, route and
// what a handler can see of the request are. The input is cut at line ends: eight bytes of choices, then for
// each request its path parameters (cut at tabs) and its query.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cache/answer.hpp"

namespace {

struct Asked {
    base::UserId user;
    std::int64_t version = 0;
    std::string_view route;
    std::vector<std::string> parameters;
    std::string raw_query;
};

/// For every name its values in order: the order of different names means nothing.
using Meaning = std::map<std::string, std::vector<std::string>>;

void require(bool condition) {
    if (!condition) std::abort();
}

std::string_view take_line(std::string_view& rest, char end = '\n') {
    const std::size_t size = std::min(rest.find(end), rest.size());
    const auto line = rest.substr(0, size);
    rest.remove_prefix(std::min(size + 1, rest.size()));
    return line;
}

Meaning meaning_of(const http::Query& query) {
    Meaning out;
    for (const auto& [name, value] : query.all())
        out[name].push_back(value);
    return out;
}

Asked read(std::string_view choices, std::string_view& rest) {
    constexpr std::string_view kRoutes[] = {"bookmarks.list", "bookmarks.get", "search.get", "tags.list"};
    Asked out;
    const auto choice = [choices](std::size_t i) {
        return static_cast<std::uint8_t>(i < choices.size() ? choices[i] : 0);
    };
    out.user.uuid.bytes[choice(0) % 16] = choice(1);
    out.version = static_cast<std::int64_t>(choice(2)) << (choice(2) % 50);
    out.route = kRoutes[choice(3) % std::size(kRoutes)];
    for (std::string_view parameters = take_line(rest); !parameters.empty();)
        out.parameters.emplace_back(take_line(parameters, '\t'));
    out.raw_query = take_line(rest);
    return out;
}

std::string key_of(const Asked& asked, std::string_view request) {
    return cache::make_key(asked.user, asked.version, asked.route, request);
}

std::string key_of(const Asked& asked) {
    return key_of(asked, cache::normal_form(asked.parameters, http::Query(asked.raw_query)));
}

void check_normal_form(const Asked& asked) {
    const http::Query query(asked.raw_query);
    const std::string normal = cache::normal_form({}, query);
    require(meaning_of(http::Query(normal)) == meaning_of(query));
    require(cache::normal_form({}, http::Query(normal)) == normal);
}

void check_pair(const Asked& a, const Asked& b) {
    const Meaning first = meaning_of(http::Query(a.raw_query));
    const Meaning second = meaning_of(http::Query(b.raw_query));
    const bool same_place = a.user == b.user && a.version == b.version && a.route == b.route;
    require((key_of(a) == key_of(b)) == (same_place && a.parameters == b.parameters && first == second));
    // Requests without path parameters are also found under their query as it was received.
    const std::string raw = key_of(a, a.raw_query);
    const bool same_meaning = same_place && first == second;
    if (raw == key_of(b, b.raw_query)) require(same_meaning);
    if (b.parameters.empty() && raw == key_of(b)) require(same_meaning);
}

void check_stored(const Asked& asked, std::string_view body) {
    const http::Response response = http::json(std::string(body), http::Caching::api_max_age);
    const auto answer = cache::make_answer(response, base::Time{});
    const std::string key = key_of(asked);
    const std::string packed = cache::pack(key, *answer);
    const auto found = cache::unpack(key, packed);
    require(found && *found->body == body && found->etag == answer->etag);
    require(!cache::unpack(key + "x", packed));
    // Whatever Redis holds: nothing, or something whole.
    const auto damaged = cache::unpack(key, body);
    require(!damaged || damaged->body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(bytes), size);
    const std::string_view choices = take_line(rest);
    const Asked a = read(choices.substr(0, 4), rest);
    const Asked b = read(choices.substr(std::min<std::size_t>(4, choices.size())), rest);
    check_normal_form(a);
    check_normal_form(b);
    check_pair(a, b);
    check_pair(b, a);
    check_stored(a, rest);
    return 0;
}

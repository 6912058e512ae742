#include "cache/answer.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "http/conditional.hpp"
#include "http/version_tag.hpp"

namespace cache {
namespace {

constexpr std::string_view kFormat = "xbm2";
constexpr std::size_t kHeadBytes = kFormat.size() + sizeof(std::uint64_t);  ///< with the checksum of the rest
constexpr std::array kCodings{http::Coding::br, http::Coding::zstd, http::Coding::gzip};

/// What is set aside for the codings of a body: lists of posts come to a sixth with br and to a fifth with
/// gzip, so that two codings fit and most often all three.
constexpr std::size_t coding_room(std::size_t body_bytes) {
    return body_bytes / 2;
}

std::uint64_t checksum(std::string_view bytes) {
    return XXH3_64bits(bytes.data(), bytes.size());
}

template <class Number>
void put_number(std::string& out, Number number) {
    std::array<char, sizeof number> bytes;
    std::memcpy(bytes.data(), &number, sizeof number);
    out.append(bytes.data(), bytes.size());
}

void put_text(std::string& out, std::string_view text) {
    put_number(out, static_cast<std::uint32_t>(text.size()));
    out.append(text);
}

/// Takes values off the front; one that is cut fails all that follow.
class Unpacker {
public:
    explicit Unpacker(std::string_view bytes) : rest_(bytes) {}
    template <class Number>
    Number number() {
        Number out{};
        const auto bytes = take(sizeof out);
        if (bytes.size() == sizeof out) std::memcpy(&out, bytes.data(), sizeof out);
        return out;
    }
    std::string_view text() { return take(number<std::uint32_t>()); }
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

private:
    std::string_view take(std::size_t size) {
        failed_ = failed_ || size > rest_.size();
        if (failed_) return {};
        const auto out = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return out;
    }
    std::string_view rest_;
    bool failed_ = false;
};

bool is_unreserved(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void append_encoded(std::string& out, std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    for (const char c : text) {
        if (is_unreserved(c)) {
            out.push_back(c);
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out.append({'%', kDigits[byte >> 4U], kDigits[byte & 15U]});
    }
}

}  // namespace

std::size_t Answer::size_bytes_max() const {
    return body->size() + etag.size() + coding_room(body->size());
}

http::Response Answer::to_response() const {
    http::Response response;
    response.body = body;
    response.etag = etag;
    response.caching = caching;
    response.variants = variants;
    return response;
}

AnswerPointer make_answer(const http::Response& response, base::Time expires_at) {
    return std::make_shared<const Answer>(
        Answer{.body = response.body,
               .etag = response.etag.empty() ? http::content_etag(*response.body) : response.etag,
               .caching = response.caching,
               .variants = std::make_shared<http::Variants>(coding_room(response.body->size())),
               .expires_at = expires_at});
}

std::string_view key_prefix(const base::UserId& user) {
    return {reinterpret_cast<const char*>(user.uuid.bytes.data()), user.uuid.bytes.size()};
}

void make_key(std::string& out, base::UserId user, std::int64_t version, std::string_view route,
              std::string_view request) {
    out.assign(key_prefix(user));
    put_number(out, version);
    out.append(route).push_back('\0');
    out.append(request);
}

std::string make_key(base::UserId user, std::int64_t version, std::string_view route,
                     std::string_view request) {
    std::string out;
    out.reserve(32 + route.size() + request.size());
    make_key(out, user, version, route, request);
    return out;
}

std::string normal_form(const std::vector<std::string>& parameters, const http::Query& query) {
    std::string out;
    for (const std::string& parameter : parameters) {
        append_encoded(out, parameter);
        out.push_back('?');
    }
    std::vector<const std::pair<std::string, std::string>*> pairs;
    for (const auto& pair : query.all())
        pairs.push_back(&pair);
    // In one vector: those that come later lie higher.
    std::ranges::sort(pairs, [](const auto* a, const auto* b) {
        return a->first != b->first ? a->first < b->first : a < b;
    });
    bool first = true;
    for (const auto* pair : pairs) {
        if (!first) out.push_back('&');
        first = false;
        append_encoded(out, pair->first);
        out.push_back('=');
        append_encoded(out, pair->second);
    }
    return out;
}

std::string pack(std::string_view key, const Answer& answer) {
    std::string out(kFormat);
    put_number(out, std::uint64_t{0});
    put_text(out, http::kBuildTag);
    put_text(out, key);
    put_text(out, answer.etag);
    put_number(out, answer.caching);
    put_number(out, answer.expires_at.time_since_epoch().count());
    put_text(out, *answer.body);
    for (const http::Coding coding : kCodings) {
        const auto coded = http::Variants::get(answer.variants, coding);
        put_text(out, coded ? std::string_view(*coded) : std::string_view());
    }
    const std::uint64_t sum = checksum(std::string_view(out).substr(kHeadBytes));
    std::memcpy(out.data() + kFormat.size(), &sum, sizeof sum);
    return out;
}

AnswerPointer unpack(std::string_view key, std::string_view bytes) {
    if (!bytes.starts_with(kFormat)) return nullptr;
    Unpacker from(bytes.substr(kFormat.size()));
    const auto sum = from.number<std::uint64_t>();
    if (from.failed() || sum != checksum(bytes.substr(kHeadBytes))) return nullptr;
    if (from.text() != http::kBuildTag || from.text() != key) return nullptr;
    Answer answer;
    answer.etag = from.text();
    answer.caching = from.number<http::Caching>();
    answer.expires_at = base::Time(std::chrono::microseconds(from.number<std::int64_t>()));
    answer.body = base::make_body(std::string(from.text()));
    answer.variants = std::make_shared<http::Variants>(coding_room(answer.body->size()));
    for (const http::Coding coding : kCodings) {
        const auto coded = from.text();
        if (!coded.empty()) http::Variants::keep(answer.variants, coding, std::string(coded));
    }
    const bool sane =
        answer.caching == http::Caching::api_max_age || answer.caching == http::Caching::private_no_cache;
    if (from.failed() || !from.at_end() || !sane) return nullptr;
    return std::make_shared<const Answer>(std::move(answer));
}

}  // namespace cache

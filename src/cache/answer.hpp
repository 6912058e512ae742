// A finished answer: bytes, ETag and codings, made once and sent many times; and the key that it is found
// under.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/body.hpp"
#include "base/id.hpp"
#include "http/compression.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace cache {

struct Answer {
    base::Body body;
    std::string etag;
    http::Caching caching = http::Caching::api_max_age;
    std::shared_ptr<http::Variants> variants;
    base::Time expires_at;

    /// Bytes that it may come to hold, codings included: those are made when they are first asked for.
    [[nodiscard]] std::size_t size_bytes_max() const;
    [[nodiscard]] http::Response to_response() const;
};
using AnswerPointer = std::shared_ptr<const Answer>;

/// Of a response that has a body. Without an ETag it gets the one that the writer would make.
[[nodiscard]] AnswerPointer make_answer(const http::Response& response, base::Time expires_at);

/// What two requests must share to share an answer. No two different triples of user, version and request
/// have the same key: the first parts have a fixed length, the route's name has no NUL.
[[nodiscard]] std::string make_key(base::UserId user, std::int64_t version, std::string_view route,
                                   std::string_view request);
/// The same, into a buffer that is used again.
void make_key(std::string& out, base::UserId user, std::int64_t version, std::string_view route,
              std::string_view request);
/// What the keys of a user, and no others, begin with; refers to `user`.
[[nodiscard]] std::string_view key_prefix(const base::UserId& user);

/// The request in its normal form: path parameters, then the query's pairs sorted by name (values of one name
/// stay in order), percent-encoded. It is itself a request text with the same meaning, so that the texts of
/// requests as received and their normal forms can share one key space.
[[nodiscard]] std::string normal_form(const std::vector<std::string>& parameters, const http::Query& query);

/// For the second tier: the answer with those of its codings that exist, and the key, which is compared when
/// it comes back because its place there is only a hash.
[[nodiscard]] std::string pack(std::string_view key, const Answer& answer);
/// Null: damaged, of another build or of another key.
[[nodiscard]] AnswerPointer unpack(std::string_view key, std::string_view bytes);

}  // namespace cache

// How a handler stores its answer in the transaction that makes it true (contract 1.9).
#pragma once

#include "base/encoding.hpp"
#include "base/id.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "postgres/connection.hpp"

namespace http {

/// A key that a call holds until its answer is stored.
struct Claim {
    base::UserId user;
    base::Digest key;     ///< of method, route and key
    base::Uuid token;     ///< of this call alone
    bool stored = false;  ///< the answer travels in a transaction of the call
};

}  // namespace http

namespace idempotency {

/// Whether an answer with this status is kept for calls that repeat the key.
[[nodiscard]] bool is_kept(unsigned status);
/// Adds what stores `response` as the answer to the call's Idempotency-Key; nothing when it has none or the
/// answer is not kept. The transaction that `commands` belong to fails when another call has taken the key
/// over meanwhile.
void store(const http::Call& call, const http::Response& response, postgres::Commands& commands);

}  // namespace idempotency

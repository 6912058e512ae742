// Password hashing: Argon2id (RFC 9106) with m = 19 MiB, t = 2, p = 1 (contract 3.2). Slow on purpose: call
// it on the thread pool, never on a worker.
#pragma once

#include <string>
#include <string_view>

namespace accounts {

/// A PHC string. Ends the program when 19 MiB cannot be had.
[[nodiscard]] std::string hash_password(std::string_view password);
/// With an empty `hash` the same work is done and the answer is false, so that unknown names cannot be told
/// by time.
[[nodiscard]] bool verify_password(std::string_view password, const std::string& hash);
/// The hash was made with other parameters than today's.
[[nodiscard]] bool needs_rehash(const std::string& hash);

}  // namespace accounts

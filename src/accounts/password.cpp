#include "accounts/password.hpp"

#include <sodium.h>

#include <array>
#include <cstdlib>

namespace accounts {
namespace {

constexpr std::size_t kMemory = 19ULL * 1024 * 1024;
constexpr unsigned long long kPasses = 2;

const std::string& hash_of_nobody() {
    static const std::string hash = hash_password("nobody has this password");
    return hash;
}

}  // namespace

std::string hash_password(std::string_view password) {
    std::array<char, crypto_pwhash_STRBYTES> out{};
    if (sodium_init() < 0 || crypto_pwhash_str_alg(out.data(), password.data(), password.size(), kPasses,
                                                   kMemory, crypto_pwhash_ALG_ARGON2ID13) != 0)
        std::abort();
    return out.data();
}

bool verify_password(std::string_view password, const std::string& hash) {
    const std::string& checked = hash.empty() ? hash_of_nobody() : hash;
    const bool equal = crypto_pwhash_str_verify(checked.c_str(), password.data(), password.size()) == 0;
    return equal && !hash.empty();
}

bool needs_rehash(const std::string& hash) {
    return crypto_pwhash_str_needs_rehash(hash.c_str(), kPasses, kMemory) != 0;
}

}  // namespace accounts

#include "base/random.hpp"

#include <openssl/rand.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/encoding.hpp"

namespace base {
namespace {

/// A block of random bytes per thread: one call of the generator for many ids.
struct Reserve {
    std::array<std::uint8_t, 1024> bytes;
    std::size_t used = bytes.size();
};

void generate(std::span<std::uint8_t> out) {
    if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1) std::abort();
}

}  // namespace

void random_bytes(std::span<std::uint8_t> out) {
    thread_local Reserve reserve;
    if (out.size() > reserve.bytes.size()) return generate(out);
    if (reserve.bytes.size() - reserve.used < out.size()) {
        generate(reserve.bytes);
        reserve.used = 0;
    }
    std::uint8_t* from = reserve.bytes.data() + reserve.used;
    std::memcpy(out.data(), from, out.size());
    // What was handed out may become a secret: it must not stay here.
    std::memset(from, 0, out.size());
    reserve.used += out.size();
}

std::string random_base64url(std::size_t count) {
    std::vector<std::uint8_t> bytes(count);
    random_bytes(bytes);
    return to_base64url(as_chars(bytes));
}

}  // namespace base

// Eight bytes at a time: tests on all bytes of a 64-bit word, for scans of text that mostly holds nothing of
// interest.
#pragma once

#include <cstdint>
#include <cstring>

namespace base {

[[nodiscard]] inline std::uint64_t load_word(const char* from) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, sizeof word);
    return word;
}

[[nodiscard]] constexpr std::uint64_t all_bytes(std::uint64_t byte) {
    return byte * 0x0101010101010101U;
}

/// The high bit of each byte that is less than `limit` (at most 0x80); bits above the first one found may be
/// wrong, so that only "none" is to be trusted.
[[nodiscard]] constexpr std::uint64_t bytes_below(std::uint64_t word, std::uint64_t limit) {
    return (word - all_bytes(limit)) & ~word & all_bytes(0x80);
}

/// The same for each byte that is `byte`.
[[nodiscard]] constexpr std::uint64_t bytes_equal(std::uint64_t word, std::uint64_t byte) {
    return bytes_below(word ^ all_bytes(byte), 1);
}

/// The high bit of each byte beyond ASCII.
[[nodiscard]] constexpr std::uint64_t bytes_beyond_ascii(std::uint64_t word) {
    return word & all_bytes(0x80);
}

}  // namespace base

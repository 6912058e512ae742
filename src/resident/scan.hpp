// Finds a byte string in a long text with the vectors of the processor (Google Highway, chosen at run time).
// Pure; knows regions of the text, not what they are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace resident {

/// Bytes behind the text that may be read.
inline constexpr std::size_t kPadding = 256;
/// Regions of one document: one per weight of its fields, from the heaviest.
inline constexpr std::size_t kRegions = 4;

/// Text that is cut into regions without gaps. `data` has `size + kPadding` readable bytes.
struct Haystack {
    const char* data = nullptr;
    std::size_t size = 0;
    std::span<const std::uint32_t> borders;  ///< ends of the regions, ascending; the last one is `size`
};

/// What is to be done about a place at which the bytes of the needle stand.
enum class Verdict : std::uint8_t {
    hit,    ///< the region has the term: mark it, and go on behind the region
    other,  ///< not an occurrence: go on in the region
    none,   ///< the region does not have the term: go on behind it
};

/// Called with its context, the position in the text and the number of the region.
using Check = Verdict (*)(const void* context, std::size_t position, std::size_t region);

struct Needle {
    std::string_view bytes;  ///< not empty; no occurrence may cross a border
    /// Offsets, below kProbeMax, of two bytes that are compared first: the rarer, the faster.
    std::array<std::size_t, 2> probes{};
    Check check = nullptr;  ///< null: every place is a hit
    const void* context = nullptr;
};
inline constexpr std::size_t kProbeMax = 64;

/// Sets bit `r % kRegions` of `marks[r / kRegions]` for every region r that has a hit.
void scan(const Haystack& text, const Needle& needle, std::span<std::uint8_t> marks);

/// The probes of a needle, given how frequent each byte is in the text.
[[nodiscard]] std::array<std::size_t, 2> choose_probes(std::string_view needle,
                                                       const std::array<std::uint32_t, 256>& frequency);

}  // namespace resident

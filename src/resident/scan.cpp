#include "resident/scan.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

// Highway compiles this file once for each set of vector instructions; the order of these lines is its rule.
// clang-format off
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "resident/scan.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace resident::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// The region that contains `position`, at or behind `region`. Galloping: the next one is the frequent case.
inline std::size_t region_at(std::span<const std::uint32_t> borders, std::size_t region,
                             std::size_t position) {
    if (borders[region] > position) return region;
    std::size_t step = 1;
    while (region + step < borders.size() && borders[region + step] <= position) {
        region += step;
        step *= 2;
    }
    const auto first = borders.begin() + static_cast<std::ptrdiff_t>(region);
    const auto last =
        borders.begin() + static_cast<std::ptrdiff_t>(std::min(region + step + 1, borders.size()));
    return static_cast<std::size_t>(std::upper_bound(first, last, position) - borders.begin());
}

/// The whole needle against the bytes at `data`; up to eight bytes take one comparison.
class Comparison {
public:
    explicit Comparison(std::string_view needle) : needle_(needle) {
        const std::size_t head = std::min<std::size_t>(needle.size(), 8);
        std::memcpy(&head_, needle.data(), head);
        std::memset(&mask_, 0xFF, head);
    }
    [[nodiscard]] bool holds(const char* data) const {
        std::uint64_t read = 0;
        std::memcpy(&read, data, sizeof read);
        if ((read & mask_) != head_) return false;
        return needle_.size() <= 8 || std::memcmp(data, needle_.data(), needle_.size()) == 0;
    }

private:
    std::string_view needle_;
    std::uint64_t head_ = 0;
    std::uint64_t mask_ = 0;
};

void scan_with(const Haystack& text, const Needle& needle, std::uint8_t* marks) {
    const hn::CappedTag<std::uint8_t, 64> d;
    const std::size_t lanes = hn::Lanes(d);
    if (text.size < needle.bytes.size()) return;
    const std::size_t end = text.size - needle.bytes.size() + 1;  // behind the last place to start
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data);
    const std::uint8_t* const first = bytes + needle.probes[0];
    const std::uint8_t* const second = bytes + needle.probes[1];
    const auto first_byte = hn::Set(d, static_cast<std::uint8_t>(needle.bytes[needle.probes[0]]));
    const auto second_byte = hn::Set(d, static_cast<std::uint8_t>(needle.bytes[needle.probes[1]]));
    const Comparison comparison(needle.bytes);
    std::size_t region = 0;
    std::size_t block = 0;
    std::size_t resume = 0;  // places in front of it belong to regions that are done
    while (block < end) {
        const auto found = hn::And(hn::Eq(hn::LoadU(d, first + block), first_byte),
                                   hn::Eq(hn::LoadU(d, second + block), second_byte));
        std::size_t next = block + lanes;
        if (!hn::AllFalse(d, found)) {
            alignas(8) std::uint8_t packed[8] = {};
            hn::StoreMaskBits(d, found, packed);
            std::uint64_t bits = 0;
            std::memcpy(&bits, packed, sizeof bits);
            for (; bits != 0; bits &= bits - 1) {
                const std::size_t position = block + static_cast<std::size_t>(std::countr_zero(bits));
                if (position >= end) return;
                if (position < resume || !comparison.holds(text.data + position)) continue;
                region = region_at(text.borders, region, position);
                const Verdict verdict =
                    needle.check == nullptr ? Verdict::hit : needle.check(needle.context, position, region);
                if (verdict == Verdict::other) continue;
                if (verdict == Verdict::hit)
                    marks[region / kRegions] |= static_cast<std::uint8_t>(1U << (region % kRegions));
                resume = text.borders[region];
                if (resume >= next) break;
            }
            next = std::max(next, resume);
        }
        block = next;
    }
}

}  // namespace resident::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace resident {

HWY_EXPORT(scan_with);

void scan(const Haystack& text, const Needle& needle, std::span<std::uint8_t> marks) {
    HWY_DYNAMIC_DISPATCH(scan_with)(text, needle, marks.data());
}

std::array<std::size_t, 2> choose_probes(std::string_view needle,
                                         const std::array<std::uint32_t, 256>& frequency) {
    const auto of = [&](std::size_t i) { return frequency[static_cast<unsigned char>(needle[i])]; };
    const std::size_t size = std::min(needle.size(), kProbeMax);
    std::array<std::size_t, 2> best{0, size - 1};
    // From the end: among equals the last bytes of characters tell more than the first ones.
    for (std::size_t i = size; i-- > 0;)
        if (of(i) < of(best[0])) best[0] = i;
    if (best[1] == best[0] && size > 1) best[1] = best[0] == 0 ? 1 : best[0] - 1;
    for (std::size_t i = size; i-- > 0;)
        if (i != best[0] && of(i) < of(best[1])) best[1] = i;
    return best;
}

}  // namespace resident
#endif

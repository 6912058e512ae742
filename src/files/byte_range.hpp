// Range requests (RFC 9110 section 14).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace files {

/// Bytes `first` to `last`, both included.
struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    [[nodiscard]] std::uint64_t size() const { return last - first + 1; }
};

enum class RangeKind : std::uint8_t { whole, part, unsatisfiable };

struct RangeAnswer {
    RangeKind kind = RangeKind::whole;
    ByteRange range = {};  ///< of a part
};

/// What of `size_bytes` bytes a header Range asks for. One range is served; several, other units and what
/// cannot be read ask for the whole, as a server may (section 14.2).
[[nodiscard]] RangeAnswer read_range(std::optional<std::string_view> header, std::uint64_t size_bytes);

}  // namespace files

#include "files/byte_range.hpp"

#include <algorithm>
#include <charconv>

namespace files {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return {};
    return value;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t start = std::min(text.find_first_not_of(" \t"), text.size());
    const std::size_t end = text.find_last_not_of(" \t");
    return end == std::string_view::npos ? std::string_view() : text.substr(start, end - start + 1);
}

}  // namespace

RangeAnswer read_range(std::optional<std::string_view> header, std::uint64_t size_bytes) {
    constexpr std::string_view kUnit = "bytes=";
    if (!header || !header->starts_with(kUnit)) return {};
    const std::string_view spec = trimmed(header->substr(kUnit.size()));
    const std::size_t dash = spec.find('-');
    if (dash == std::string_view::npos || spec.contains(',')) return {};
    const std::string_view first_text = trimmed(spec.substr(0, dash));
    const std::string_view last_text = trimmed(spec.substr(dash + 1));
    if (first_text.empty()) {
        // `-500`: the last ones.
        const auto count = number(last_text);
        if (!count) return {};
        if (*count == 0 || size_bytes == 0) return {.kind = RangeKind::unsatisfiable};
        return {.kind = RangeKind::part,
                .range = {.first = size_bytes - std::min(*count, size_bytes), .last = size_bytes - 1}};
    }
    const auto first = number(first_text);
    const auto last = last_text.empty() ? std::optional<std::uint64_t>(UINT64_MAX) : number(last_text);
    if (!first || !last || *last < *first) return {};
    if (*first >= size_bytes) return {.kind = RangeKind::unsatisfiable};
    return {.kind = RangeKind::part, .range = {.first = *first, .last = std::min(*last, size_bytes - 1)}};
}

}  // namespace files

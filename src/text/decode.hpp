// Inline UTF-8 steps for the loops of this folder; base/utf8 has the general, out-of-line ones.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/utf8.hpp"

namespace text {

[[nodiscard]] inline bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// `base::next_code_point` with the frequent cases (ASCII, valid 3-byte sequences) inlined.
inline char32_t decode(std::string_view text, std::size_t& position) {
    const auto lead = static_cast<unsigned char>(text[position]);
    if (lead < 0x80) {
        ++position;
        return lead;
    }
    if ((lead & 0xF0) == 0xE0 && text.size() - position >= 3 && is_continuation(text[position + 1]) &&
        is_continuation(text[position + 2])) {
        const char32_t c = (lead & 0x0FU) << 12 |
                           (static_cast<unsigned char>(text[position + 1]) & 0x3FU) << 6 |
                           (static_cast<unsigned char>(text[position + 2]) & 0x3FU);
        if (c >= 0x800 && (c < 0xD800 || c > 0xDFFF)) {
            position += 3;
            return c;
        }
    }
    return base::next_code_point(text, position);
}

/// The code point that ends in front of `position` (> 0) of valid UTF-8.
[[nodiscard]] inline char32_t decode_before(std::string_view text, std::size_t position) {
    do {
        --position;
    } while (position > 0 && is_continuation(text[position]));
    return decode(text, position);
}

}  // namespace text

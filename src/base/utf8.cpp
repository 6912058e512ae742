#include "base/utf8.hpp"

namespace base {
namespace {

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// Length of the sequence that `lead` starts, 0 when it starts none.
std::size_t sequence_length(unsigned char lead) {
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return 2;
    if (lead >= 0xE0 && lead <= 0xEF) return 3;
    if (lead >= 0xF0 && lead <= 0xF4) return 4;
    return 0;
}

/// Smallest code point that needs a sequence of that length: anything below is an overlong form.
constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};

}  // namespace

char32_t next_code_point(std::string_view text, std::size_t& position, bool* valid) {
    const auto invalid = [&] {
        ++position;
        if (valid != nullptr) *valid = false;
        return kReplacement;
    };
    const auto lead = static_cast<unsigned char>(text[position]);
    const std::size_t length = sequence_length(lead);
    if (length == 1) {
        ++position;
        return lead;
    }
    if (length == 0 || text.size() - position < length) return invalid();
    char32_t code_point = lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if (!is_continuation(text[position + i])) return invalid();
        code_point = code_point << 6 | (static_cast<unsigned char>(text[position + i]) & 0x3FU);
    }
    const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    if (code_point < kSmallest[length] || surrogate || code_point > 0x10FFFF) return invalid();
    position += length;
    return code_point;
}

bool is_valid_utf8(std::string_view text) {
    bool valid = true;
    for (std::size_t position = 0; position < text.size() && valid;)
        next_code_point(text, position, &valid);
    return valid;
}

std::size_t count_code_points(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text)
        count += !is_continuation(c);
    return count;
}

void append_utf8(std::string& out, char32_t code_point) {
    const auto put = [&out](char32_t byte) { out += static_cast<char>(byte); };
    if (code_point < 0x80) {
        put(code_point);
    } else if (code_point < 0x800) {
        put(0xC0 | code_point >> 6);
        put(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        put(0xE0 | code_point >> 12);
        put(0x80 | (code_point >> 6 & 0x3F));
        put(0x80 | (code_point & 0x3F));
    } else {
        put(0xF0 | code_point >> 18);
        put(0x80 | (code_point >> 12 & 0x3F));
        put(0x80 | (code_point >> 6 & 0x3F));
        put(0x80 | (code_point & 0x3F));
    }
}

std::string clean_text(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t position = 0; position < text.size();) {
        const char c = text[position];
        if (c == '\0') {
            ++position;
        } else if (c == '\r') {
            ++position;
            if (position < text.size() && text[position] == '\n') ++position;
            out += '\n';
        } else {
            append_utf8(out, next_code_point(text, position));
        }
    }
    return out;
}

}  // namespace base

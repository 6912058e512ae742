#include "http/percent.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace http {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// The byte of the escape at `at`, or -1.
int escaped_byte(std::string_view raw, std::size_t at) {
    if (raw.size() - at < 3) return -1;
    const int high = hex_digit(raw[at + 1]);
    const int low = hex_digit(raw[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

}  // namespace

std::optional<std::string> decode_path(std::string_view raw) {
    std::string out;
    out.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != '%') {
            out += raw[i];
            continue;
        }
        const int byte = escaped_byte(raw, i);
        if (byte <= 0) return std::nullopt;
        out += static_cast<char>(byte);
        i += 2;
    }
    if (!base::is_valid_utf8(out)) return std::nullopt;
    return out;
}

std::string decode_form(std::string_view raw) {
    std::string out;
    out.reserve(raw.size());
    bool ascii = true;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        char c = raw[i] == '+' ? ' ' : raw[i];
        if (c == '%') {
            if (const int byte = escaped_byte(raw, i); byte >= 0) {
                c = static_cast<char>(byte);
                i += 2;
            }
        }
        if (c == '\0') continue;
        ascii = ascii && static_cast<unsigned char>(c) < 0x80;
        out += c;
    }
    if (ascii || base::is_valid_utf8(out)) return out;
    std::string repaired;
    for (std::size_t at = 0; at < out.size();)
        base::append_utf8(repaired, base::next_code_point(out, at));
    return repaired;
}

}  // namespace http

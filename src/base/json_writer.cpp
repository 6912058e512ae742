#include "base/json_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/utf8.hpp"
#include "base/words.hpp"

namespace base {
namespace {

/// Whether one of the eight bytes at `from` is more than an ASCII character that is copied as it is.
bool is_special_word(const char* from) {
    const std::uint64_t word = load_word(from);
    return (bytes_beyond_ascii(word) | bytes_below(word, 0x20) | bytes_equal(word, '"') |
            bytes_equal(word, '\\')) != 0;
}

constexpr bool is_plain(unsigned char c) {
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

constexpr bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80;
}

/// Leads of three bytes whose second one may be any continuation: most of Chinese, Japanese and Korean.
constexpr bool is_simple_lead_of_three(unsigned char c) {
    return c >= 0xE1 && c <= 0xEF && c != 0xED;
}

/// Length of the front of `text` that is copied as it is: valid UTF-8 without anything to escape.
std::size_t plain_prefix(std::string_view text) {
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const char* at = begin;
    while (at < end) {
        const auto c = static_cast<unsigned char>(*at);
        if (c < 0x80) {
            while (end - at >= 8 && !is_special_word(at))
                at += 8;
            while (at < end && is_plain(static_cast<unsigned char>(*at)))
                ++at;
            if (at < end && static_cast<unsigned char>(*at) < 0x80) break;
            continue;
        }
        if (is_simple_lead_of_three(c) && end - at >= 3 && is_continuation(at[1]) && is_continuation(at[2])) {
            at += 3;
            continue;
        }
        bool valid = true;
        auto position = static_cast<std::size_t>(at - begin);
        next_code_point(text, position, &valid);
        if (!valid) break;
        at = begin + position;
    }
    return static_cast<std::size_t>(at - begin);
}

void append_escaped(std::string& out, unsigned char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            out += "\\u00";
            out += digits[c >> 4];
            out += digits[c & 15];
    }
}

template <class Number>
void append_number(std::string& out, Number number) {
    std::array<char, 32> buffer{};
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
    out.append(buffer.data(), result.ptr);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    while (true) {
        const std::size_t plain = plain_prefix(text);
        out.append(text.data(), plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        const auto c = static_cast<unsigned char>(text.front());
        if (c < 0x80) {
            append_escaped(out, c);
        } else {
            append_utf8(out, kReplacement);
        }
        text.remove_prefix(1);
    }
    out += '"';
}

void JsonWriter::separate() {
    if (needs_comma_) out_ += ',';
    needs_comma_ = true;
}

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    out_ += bracket;
    needs_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    out_ += bracket;
    needs_comma_ = true;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    const std::size_t before = out_.size();
    out_.resize_and_overwrite(before + name.size() + 4, [&](char* text, std::size_t) {
        char* at = text + before;
        if (needs_comma_) *at++ = ',';
        *at++ = '"';
        at = std::copy(name.begin(), name.end(), at);
        *at++ = '"';
        *at++ = ':';
        return static_cast<std::size_t>(at - text);
    });
    needs_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::escaped_key(std::string_view name) {
    separate();
    append_json_string(out_, name);
    out_ += ':';
    needs_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::null() {
    return raw("null");
}

JsonWriter& JsonWriter::value(std::string_view text) {
    separate();
    append_json_string(out_, text);
    return *this;
}

JsonWriter& JsonWriter::value(bool flag) {
    return raw(flag ? "true" : "false");
}

JsonWriter& JsonWriter::value(std::int64_t number) {
    separate();
    append_number(out_, number);
    return *this;
}

JsonWriter& JsonWriter::value(std::uint64_t number) {
    separate();
    append_number(out_, number);
    return *this;
}

JsonWriter& JsonWriter::value(double number) {
    if (!std::isfinite(number)) return null();
    separate();
    append_number(out_, number);
    return *this;
}

JsonWriter& JsonWriter::value(Time time) {
    separate();
    out_ += '"';
    append_iso(out_, time);
    out_ += '"';
    return *this;
}

JsonWriter& JsonWriter::value(const Uuid& uuid) {
    separate();
    out_ += '"';
    append(out_, uuid);
    out_ += '"';
    return *this;
}

JsonWriter& JsonWriter::value(const std::vector<std::string>& texts) {
    begin_array();
    for (const std::string& text : texts)
        value(std::string_view(text));
    return end_array();
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
}

}  // namespace base

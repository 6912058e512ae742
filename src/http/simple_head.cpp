#include "http/simple_head.hpp"

#include <array>
#include <cstdint>

#include "base/words.hpp"
#include "http/parser.hpp"

namespace http {
namespace {

constexpr std::array<bool, 256> make_token_chars() {
    std::array<bool, 256> table{};
    for (std::size_t c = 0; c < 128; ++c) {
        const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        table[c] = letter || (c >= '0' && c <= '9');
    }
    for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
        table[static_cast<unsigned char>(c)] = true;
    return table;
}
constexpr std::array<bool, 256> kTokenChars = make_token_chars();

/// Whether one of the eight bytes at `from` is not 0x20 to 0x7E.
bool has_other_than_text(const char* from) {
    const std::uint64_t word = base::load_word(from);
    return (base::bytes_beyond_ascii(word) | base::bytes_below(word, 0x20) | base::bytes_equal(word, 0x7F)) !=
           0;
}

/// The first byte in [at, end) that is not 0x20 to 0x7E.
const char* skip_text(const char* at, const char* end) {
    while (end - at >= 8 && !has_other_than_text(at))
        at += 8;
    while (at < end && *at >= 0x20 && *at < 0x7F)
        ++at;
    return at;
}

bool takes(const char*& at, const char* end, std::string_view text) {
    if (std::string_view(at, static_cast<std::size_t>(end - at)).starts_with(text)) {
        at += text.size();
        return true;
    }
    return false;
}

/// Says something about the body or the connection, so that the full parser has to look at it.
bool matters(const Header& header) {
    switch (header.name.front() | 0x20) {
        case 'c':
            return equal_ignoring_case(header.name, "content-length") ||
                   (equal_ignoring_case(header.name, "connection") &&
                    !equal_ignoring_case(header.value, "keep-alive"));
        case 'e':
            return equal_ignoring_case(header.name, "expect");
        case 'p':
            return equal_ignoring_case(header.name, "proxy-connection");
        case 't':
            return equal_ignoring_case(header.name, "transfer-encoding");
        case 'u':
            return equal_ignoring_case(header.name, "upgrade");
        default:
            return false;
    }
}

std::optional<Header> read_field(const char*& at, const char* end) {
    const char* const name = at;
    while (at < end && is_token_char(*at))
        ++at;
    const std::string_view name_text(name, static_cast<std::size_t>(at - name));
    if (name_text.empty() || at == end || *at != ':') return std::nullopt;
    ++at;
    if (at < end && *at == ' ') ++at;
    const char* const value = at;
    at = skip_text(at, end);
    const std::string_view value_text(value, static_cast<std::size_t>(at - value));
    if (!takes(at, end, "\r\n")) return std::nullopt;
    if (value_text.empty() || value_text.front() == ' ' || value_text.back() == ' ') return std::nullopt;
    return Header{name_text, value_text};
}

}  // namespace

bool is_token_char(char c) {
    return kTokenChars[static_cast<unsigned char>(c)];
}

std::optional<SimpleHead> read_simple_head(std::string_view bytes, std::vector<Header>& headers,
                                           std::size_t headers_max) {
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    SimpleHead head;
    const char* const begin = at;
    if (takes(at, end, "HEAD "))
        head.method = Method::head;
    else if (!takes(at, end, "GET "))
        return std::nullopt;
    head.method_text = {begin, static_cast<std::size_t>(at - begin - 1)};
    const char* const target = at;
    while (at < end && *at > 0x20 && *at < 0x7F)
        ++at;
    head.target = {target, static_cast<std::size_t>(at - target)};
    if (head.target.empty() || !takes(at, end, " HTTP/1.1\r\n")) return std::nullopt;
    while (!takes(at, end, "\r\n")) {
        const auto field = read_field(at, end);
        if (!field || matters(*field) || headers.size() == headers_max) return std::nullopt;
        headers.push_back(*field);
    }
    if (at != end) return std::nullopt;
    return head;
}

}  // namespace http

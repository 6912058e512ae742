#include "base/id.hpp"

#include <array>

#include "base/random.hpp"

namespace base {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

constexpr bool has_dash_before(std::size_t byte) {
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

}  // namespace

void append(std::string& out, const Uuid& uuid) {
    std::array<char, 36> text{};
    char* at = text.data();
    for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
        if (has_dash_before(i)) *at++ = '-';
        *at++ = kHex[uuid.bytes[i] >> 4];
        *at++ = kHex[uuid.bytes[i] & 15];
    }
    out.append(text.data(), text.size());
}

std::string to_string(const Uuid& uuid) {
    std::string out;
    out.reserve(36);
    append(out, uuid);
    return out;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
    if (text.size() != 36) return {};
    Uuid uuid;
    std::size_t position = 0;
    for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
        if (has_dash_before(i) && text[position++] != '-') return {};
        const int high = hex_digit(text[position++]);
        const int low = hex_digit(text[position++]);
        if (high < 0 || low < 0) return {};
        uuid.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return uuid;
}

Uuid make_uuid(Time now) {
    Uuid uuid;
    random_bytes(uuid.bytes);
    auto milliseconds = static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count());
    for (std::size_t i = 6; i-- > 0; milliseconds >>= 8)
        uuid.bytes[i] = static_cast<std::uint8_t>(milliseconds);
    uuid.bytes[6] = static_cast<std::uint8_t>(0x70 | (uuid.bytes[6] & 0x0f));
    uuid.bytes[8] = static_cast<std::uint8_t>(0x80 | (uuid.bytes[8] & 0x3f));
    return uuid;
}

}  // namespace base

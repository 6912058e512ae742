#include "transfer/json_stream.hpp"

#include <charconv>
#include <utility>

namespace transfer {
namespace {

constexpr std::string_view kReplacement = "\\ufffd";

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

void SurrogateRepair::feed(std::string_view chunk, std::string& out) {
    while (!chunk.empty()) {
        if (escape_.empty() && high_.empty()) {
            const std::size_t plain = std::min(chunk.find('\\'), chunk.size());
            out.append(chunk.substr(0, plain));
            chunk.remove_prefix(plain);
            if (chunk.empty()) return;
        }
        take(chunk.front(), out);
        chunk.remove_prefix(1);
    }
}

void SurrogateRepair::finish(std::string& out) {
    drop_high(out);
    out += std::exchange(escape_, {});
}

void SurrogateRepair::take(char c, std::string& out) {
    if (escape_.empty()) {
        if (c == '\\') {
            escape_ = c;
            return;
        }
        drop_high(out);
        out += c;
        return;
    }
    const bool goes_on = escape_.size() == 1 ? c == 'u' : is_hex(c);
    escape_ += c;
    if (goes_on && escape_.size() < 6) return;
    if (goes_on) return take_unit(out);
    // Another escape, or a malformed one that the parser will report.
    drop_high(out);
    out += std::exchange(escape_, {});
}

void SurrogateRepair::take_unit(std::string& out) {
    unsigned unit = 0;
    std::from_chars(escape_.data() + 2, escape_.data() + 6, unit, 16);
    const std::string text = std::exchange(escape_, {});
    const bool first_half = unit >= 0xD800 && unit < 0xDC00;
    const bool second_half = unit >= 0xDC00 && unit < 0xE000;
    if (second_half && !high_.empty()) {
        out += std::exchange(high_, {});
        out += text;
        return;
    }
    drop_high(out);
    if (first_half) {
        high_ = text;
    } else {
        out += second_half ? kReplacement : std::string_view(text);
    }
}

void SurrogateRepair::drop_high(std::string& out) {
    if (high_.empty()) return;
    high_.clear();
    out += kReplacement;
}

}  // namespace transfer

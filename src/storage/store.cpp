#include "storage/store.hpp"

#include <algorithm>

namespace storage {

bool is_key(std::string_view key) {
    constexpr std::size_t kBytesMax = 1024;
    if (key.empty() || key.size() > kBytesMax) return false;
    const bool has_control = std::ranges::any_of(
        key, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\'; });
    if (has_control) return false;
    for (std::size_t start = 0;;) {
        const std::size_t end = std::min(key.find('/', start), key.size());
        const std::string_view name = key.substr(start, end - start);
        if (name.empty() || name == "." || name == "..") return false;
        if (end == key.size()) return true;
        start = end + 1;
    }
}

}  // namespace storage

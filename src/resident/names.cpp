#include "resident/names.hpp"

#include <functional>

namespace resident {

std::size_t Names::slot_of(std::string_view name) const {
    std::size_t slot = std::hash<std::string_view>{}(name) & (slots_.size() - 1);
    while (slots_[slot] != kFree && strings_[slots_[slot]] != name)
        slot = (slot + 1) & (slots_.size() - 1);
    return slot;
}

std::optional<std::uint32_t> Names::find(std::string_view name) const {
    if (slots_.empty()) return {};
    const std::uint32_t id = slots_[slot_of(name)];
    return id == kFree ? std::nullopt : std::optional(id);
}

std::uint32_t Names::add(std::string_view name) {
    if (2 * (size() + 1) > slots_.size()) grow();
    const std::size_t slot = slot_of(name);
    if (slots_[slot] == kFree) {
        slots_[slot] = static_cast<std::uint32_t>(size());
        strings_.push_back(name);
    }
    return slots_[slot];
}

void Names::grow() {
    constexpr std::size_t kSlotsMin = 64;
    slots_.assign(slots_.empty() ? kSlotsMin : 2 * slots_.size(), kFree);
    for (std::size_t id = 0; id < size(); ++id)
        slots_[slot_of(strings_[id])] = static_cast<std::uint32_t>(id);
}

}  // namespace resident

// Strings that are kept once and numbered: tags and authors of a library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace resident {

/// Strings one behind the other in one piece of memory.
class Strings {
public:
    [[nodiscard]] std::size_t size() const { return ends_.size(); }
    [[nodiscard]] std::string_view operator[](std::size_t i) const {
        const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
        return std::string_view(text_).substr(begin, ends_[i] - begin);
    }
    void push_back(std::string_view value) {
        text_ += value;
        ends_.push_back(static_cast<std::uint32_t>(text_.size()));
    }
    void shrink() {
        text_.shrink_to_fit();
        ends_.shrink_to_fit();
    }
    [[nodiscard]] std::size_t bytes() const {
        return text_.capacity() + ends_.capacity() * sizeof(std::uint32_t);
    }

private:
    std::string text_;
    std::vector<std::uint32_t> ends_;
};

/// Numbers from 0, in the order in which strings were added. Copying it copies three blocks of memory.
class Names {
public:
    [[nodiscard]] std::size_t size() const { return strings_.size(); }
    [[nodiscard]] std::string_view operator[](std::size_t id) const { return strings_[id]; }
    [[nodiscard]] std::optional<std::uint32_t> find(std::string_view name) const;
    /// The number of `name`, which is added when it is new.
    std::uint32_t add(std::string_view name);
    void shrink() { strings_.shrink(); }
    [[nodiscard]] std::size_t bytes() const {
        return strings_.bytes() + slots_.capacity() * sizeof(std::uint32_t);
    }

private:
    /// The slot of `name`, or the free one where it belongs.
    [[nodiscard]] std::size_t slot_of(std::string_view name) const;
    void grow();

    static constexpr std::uint32_t kFree = UINT32_MAX;

    Strings strings_;
    std::vector<std::uint32_t> slots_;  ///< a power of two, at most half full
};

}  // namespace resident

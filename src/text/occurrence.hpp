// Where a text literal occurs in folded text. Used by evaluation and highlights.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "text/query.hpp"

namespace text {

/// `[begin, end)` in bytes of the folded text. The end of a prefix term is the end of the word that it
/// begins.
struct Occurrence {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// The first occurrence of `parts` (not empty) that begins at byte `from` or later.
[[nodiscard]] std::optional<Occurrence> find_occurrence(std::string_view folded, std::span<const Part> parts,
                                                        std::size_t from = 0);

}  // namespace text

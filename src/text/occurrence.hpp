// Where a text literal occurs in folded text. Used by evaluation and highlights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "text/query.hpp"

namespace text {

/// `[begin, end)` in bytes of the folded text. The end of a prefix term is the end of the word that it
/// begins.
struct Occurrence {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// Whether the bytes of `part`, which stand at `begin` of `text`, count as an occurrence: anywhere for cjk;
/// for a word only as a whole word or, with `prefix`, as the beginning of one. Bytes that are not UTF-8
/// separate.
[[nodiscard]] bool is_occurrence(std::string_view text, std::size_t begin, const Part& part);

/// The first `max` occurrences of `parts` (not empty), by their begin; they may overlap.
[[nodiscard]] std::vector<Occurrence> find_occurrences(std::string_view folded, std::span<const Part> parts,
                                                       std::size_t max = SIZE_MAX);

}  // namespace text

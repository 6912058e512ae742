// Folding: the one form in which documents, queries, names and tags are compared (contract 3.7 "folding").
// Everything that searches must fold with these functions, or the paths of search stop giving the same
// answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace text {

/// Folds UTF-8: NFKC with case folding (Unicode NFKC_Casefold: half-width kana join their voicing marks,
/// full-width Latin becomes ASCII, ligatures and squared words are taken apart, soft hyphens, joiners and
/// variation selectors vanish); accents of Latin letters, and accents that stand on no letter, are removed,
/// those of other scripts and the kana voicing marks stay; Katakana becomes Hiragana (ー stays). Each invalid
/// byte counts as U+FFFD. At most 30 combining marks of a letter are kept, which bounds the time of hostile
/// text. Idempotent: fold(fold(x)) == fold(x). Safe from any thread.
[[nodiscard]] std::string fold(std::string_view utf8);

/// A folded text that knows where it came from.
struct Folded {
    std::string text;
    /// Per BYTE of `text`: the index of the original code point that it came from (the first one where
    /// several became one), then one further element: the number of original code points. Never descends.
    std::vector<std::uint32_t> origin;
};

/// As `fold`, with origins.
[[nodiscard]] Folded fold_with_origin(std::string_view utf8);

}  // namespace text

// Tokens: what folded text is made of for search (contract 3.7 "words", "mixed terms"). Documents and queries
// use the same functions.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace text {

/// How a code point takes part in search.
enum class Script : std::uint8_t {
    none,  ///< separates and takes no position: punctuation, blanks, symbols, emoji
    word,  ///< letter, digit or mark of a script that is read by words
    cjk,   ///< Han, Kana or Hangul letter, with ー 々 〆 ゝ ゞ: read by characters
};

[[nodiscard]] Script script_of(char32_t code_point);

/// Longest stretch of one script, `[begin, end)` in bytes.
struct Run {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    Script script = Script::none;
};

/// The runs of word and cjk in folded text (valid UTF-8 of less than 4 GiB), in order.
[[nodiscard]] std::vector<Run> split_runs(std::string_view folded);

/// `[begin, end)` in bytes of the folded text. A cjk token is two characters, or one at the end of its run,
/// so that every character starts exactly one token; a word token is its whole run.
struct Token {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t position = 0;  ///< 1, 2, 3, …
    Script script = Script::none;
};

/// The tokens of folded text (valid UTF-8 of less than 4 GiB), in order of position.
[[nodiscard]] std::vector<Token> split_tokens(std::string_view folded);

}  // namespace text

// The words of the generated posts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace generate {

/// All lists are the same in every run. Position is rank: words at the front are the frequent ones.
struct Vocabulary {
    std::vector<std::string> japanese_nouns;  ///< some thousands: single words, with suffixes, and compounds
    std::vector<std::string> japanese_verbs;  ///< conjugated ends of sentences
    std::vector<std::string> katakana;
    std::vector<std::string> half_width;  ///< half-width kana
    std::vector<std::string> mixed;       ///< Latin and kanji in one word
    std::vector<std::string> english;
    std::vector<std::string> emoji;
    std::vector<std::string> tags;
    std::vector<std::string> hashtags;
};

[[nodiscard]] Vocabulary make_vocabulary();

}  // namespace generate

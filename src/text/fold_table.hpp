// The character tables behind fold(): what a code point that stands alone folds to, and whether it can join
// what stands before it. Built from ICU at first use, immutable afterwards. Only fold.cpp uses it.
#pragma once

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <cstdint>
#include <string>
#include <vector>

namespace text {

/// Most combining marks that one letter keeps. UAX #15 calls text without longer runs "stream-safe"; real
/// text has fewer than 30, and sorting longer runs takes ICU quadratic time.
inline constexpr int kMarksMax = 30;

class FoldTable {
public:
    /// Code points below have entries: the planes of letters and of emoji. Han of the higher planes is rare
    /// enough for ICU.
    static constexpr char32_t kEnd = 0x20000;

    struct Entry {
        char bytes[4];        ///< folded form in UTF-8 where `length` ≤ 4, else an index into `long_forms`
        std::uint8_t length;  ///< of `bytes`, or kLong
        bool has_boundary_before;  ///< never joins the code points before it
    };
    static constexpr std::uint8_t kLong = 0xFF;

    static const FoldTable& get();

    [[nodiscard]] const Entry& entry(char32_t c) const { return entries_[c]; }
    [[nodiscard]] const std::string& long_form(const Entry& entry) const;
    [[nodiscard]] bool has_boundary_before(char32_t c) const {
        return c < kEnd ? entries_[c].has_boundary_before
                        : casefold_.hasBoundaryBefore(static_cast<UChar32>(c)) != 0;
    }
    /// Folds the code points between two boundaries and appends the result to `out`.
    void fold_segment(const icu::UnicodeString& segment, std::string& out) const;

private:
    FoldTable();

    const icu::Normalizer2& casefold_;
    const icu::Normalizer2& decompose_;
    std::vector<Entry> entries_;
    std::vector<std::string> long_forms_;
};

}  // namespace text

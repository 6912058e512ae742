#include "text/fold_table.hpp"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <cstring>
#include <stdexcept>

#include "base/utf8.hpp"

namespace text {
namespace {

const icu::Normalizer2& instance(const icu::Normalizer2* (*get)(UErrorCode&)) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* normalizer = get(status);
    if (U_FAILURE(status)) throw std::runtime_error("ICU has no normalisation tables");
    return *normalizer;
}

UScriptCode script(UChar32 c) {
    UErrorCode status = U_ZERO_ERROR;
    return uscript_getScript(c, &status);
}

/// A mark that any letter can carry. The voicing marks of kana make other letters and are none.
bool is_accent(UChar32 c) {
    return u_charType(c) == U_NON_SPACING_MARK && script(c) == USCRIPT_INHERITED && c != 0x3099 &&
           c != 0x309A;
}

/// ヷヸヹヺ, whose Hiragana have no precomposed form, are the only ones that become two code points.
void append_as_hiragana(std::string& out, UChar32 c) {
    constexpr char32_t kPlain[] = {U'わ', U'ゐ', U'ゑ', U'を'};
    if (c >= 0x30F7 && c <= 0x30FA) {
        base::append_utf8(out, kPlain[c - 0x30F7]);
        base::append_utf8(out, 0x3099);
        return;
    }
    const bool katakana = (c >= 0x30A1 && c <= 0x30F6) || c == 0x30FD || c == 0x30FE;
    base::append_utf8(out, static_cast<char32_t>(katakana ? c - 0x60 : c));
}

}  // namespace

const FoldTable& FoldTable::get() {
    static const FoldTable table;
    return table;
}

FoldTable::FoldTable()
    : casefold_(instance(icu::Normalizer2::getNFKCCasefoldInstance)),
      decompose_(instance(icu::Normalizer2::getNFDInstance)),
      entries_(kEnd) {
    std::string folded;
    for (char32_t c = 0; c < kEnd; ++c) {
        if (c >= 0xD800 && c <= 0xDFFF) continue;
        Entry& entry = entries_[c];
        entry.has_boundary_before = casefold_.hasBoundaryBefore(static_cast<UChar32>(c)) != 0;
        folded.clear();
        fold_segment(icu::UnicodeString(static_cast<UChar32>(c)), folded);
        if (folded.size() <= sizeof entry.bytes) {
            std::memcpy(entry.bytes, folded.data(), folded.size());
            entry.length = static_cast<std::uint8_t>(folded.size());
        } else {
            const auto index = static_cast<std::uint32_t>(long_forms_.size());
            std::memcpy(entry.bytes, &index, sizeof index);
            entry.length = kLong;
            long_forms_.push_back(folded);
        }
    }
}

const std::string& FoldTable::long_form(const Entry& entry) const {
    std::uint32_t index = 0;
    std::memcpy(&index, entry.bytes, sizeof index);
    return long_forms_[index];
}

void FoldTable::fold_segment(const icu::UnicodeString& segment, std::string& out) const {
    UErrorCode status = U_ZERO_ERROR;
    const icu::UnicodeString normal = casefold_.normalize(segment, status);
    if (U_FAILURE(status)) throw std::runtime_error("ICU cannot normalise");
    bool carries_accents = false;
    int marks = 0;
    icu::UnicodeString parts;
    for (int32_t i = 0; i < normal.length();) {
        UChar32 c = normal.char32At(i);
        i += U16_LENGTH(c);
        if (u_getCombiningClass(c) != 0) {
            ++marks;
            if (marks <= kMarksMax && (carries_accents || !is_accent(c)))
                base::append_utf8(out, static_cast<char32_t>(c));
            continue;
        }
        const bool latin = script(c) == USCRIPT_LATIN;
        if (latin && decompose_.getDecomposition(c, parts)) c = parts.char32At(0);
        carries_accents = !latin && u_isalpha(c);
        marks = 0;
        append_as_hiragana(out, c);
    }
}

}  // namespace text

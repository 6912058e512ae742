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

constexpr UChar32 kVoicing = 0x3099;
constexpr int kVoicingClass = 8;

/// Writes the characters of a normalised segment: Katakana as Hiragana, Latin letters and bare places without
/// accents.
class SegmentWriter {
public:
    SegmentWriter(const icu::Normalizer2& decompose, std::string& out) : decompose_(decompose), out_(out) {}

    void starter(UChar32 c) {
        flush_voicing();
        const bool latin = script(c) == USCRIPT_LATIN;
        icu::UnicodeString parts;
        if (latin && decompose_.getDecomposition(c, parts)) c = parts.char32At(0);
        carries_accents_ = !latin && u_isUAlphabetic(c);
        marks_ = 0;
        append(to_hiragana(c));
    }

    void mark(UChar32 c) {
        if (u_getCombiningClass(c) >= kVoicingClass) flush_voicing();
        put_mark(c, carries_accents_ || !is_accent(c));
    }

    /// The voicing mark of ヷヸヹヺ, whose Hiragana have no precomposed form, goes to its place in canonical
    /// order.
    void flush_voicing() {
        if (!voicing_pending_) return;
        voicing_pending_ = false;
        put_mark(kVoicing, true);
    }

    [[nodiscard]] bool dropped() const { return dropped_; }

private:
    UChar32 to_hiragana(UChar32 c) {
        constexpr UChar32 kPlain[] = {U'わ', U'ゐ', U'ゑ', U'を'};
        voicing_pending_ = c >= 0x30F7 && c <= 0x30FA;
        if (voicing_pending_) return kPlain[c - 0x30F7];
        return (c >= 0x30A1 && c <= 0x30F6) || c == 0x30FD || c == 0x30FE ? c - 0x60 : c;
    }

    void put_mark(UChar32 c, bool kept) {
        ++marks_;
        if (kept && marks_ <= kMarksMax)
            append(c);
        else
            dropped_ = true;
    }

    void append(UChar32 c) { base::append_utf8(out_, static_cast<char32_t>(c)); }

    const icu::Normalizer2& decompose_;
    std::string& out_;
    bool carries_accents_ = false;
    bool voicing_pending_ = false;
    bool dropped_ = false;
    int marks_ = 0;
};

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
    const std::size_t begin = out.size();
    SegmentWriter writer(decompose_, out);
    for (int32_t i = 0; i < normal.length();) {
        const UChar32 c = normal.char32At(i);
        i += U16_LENGTH(c);
        if (u_getCombiningClass(c) != 0)
            writer.mark(c);
        else
            writer.starter(c);
    }
    writer.flush_voicing();
    // What stood apart because of a dropped mark may join now; each round is shorter than the one before.
    const std::string_view written = std::string_view(out).substr(begin);
    if (writer.dropped() && base::count_code_points(written) > 1) {
        const icu::StringPiece piece(written.data(), static_cast<int32_t>(written.size()));
        const icu::UnicodeString rest = icu::UnicodeString::fromUTF8(piece);
        out.resize(begin);
        fold_segment(rest, out);
    }
}

}  // namespace text

#include "text/fold.hpp"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <cstring>

#include "text/decode.hpp"
#include "text/fold_table.hpp"

namespace text {
namespace {

/// Grows by doubling and is written without a bounds check per byte; origins are recorded only when asked
/// for.
template <bool kOrigins>
class Output {
public:
    explicit Output(std::size_t expected) : text_(expected + kSlack, '\0') {
        if constexpr (kOrigins) origin_.reserve(expected + 1);
    }

    /// One folded character of at most 4 bytes.
    void put(const FoldTable::Entry& entry, std::uint32_t from) {
        if (size_ + kSlack > text_.size()) text_.resize(text_.size() * 2);
        std::memcpy(text_.data() + size_, entry.bytes, sizeof entry.bytes);
        size_ += entry.length;
        note(entry.length, from);
    }

    void put(std::string_view bytes, std::uint32_t from) {
        if (size_ + bytes.size() + kSlack > text_.size()) text_.resize((text_.size() + bytes.size()) * 2);
        bytes.copy(text_.data() + size_, bytes.size());
        size_ += bytes.size();
        note(bytes.size(), from);
    }

    std::string take_text() {
        text_.resize(size_);
        return std::move(text_);
    }

    std::vector<std::uint32_t> take_origins(std::uint32_t end) {
        origin_.push_back(end);
        return std::move(origin_);
    }

private:
    static constexpr std::size_t kSlack = 8;

    void note(std::size_t bytes, std::uint32_t from) {
        if constexpr (kOrigins) origin_.insert(origin_.end(), bytes, from);
    }

    std::string text_;
    std::size_t size_ = 0;
    std::vector<std::uint32_t> origin_;
};

/// Walks the text from boundary to boundary. A segment of one code point, which is nearly all of any text,
/// comes from the table; only longer ones are normalised by ICU.
template <bool kOrigins>
class Folding {
public:
    explicit Folding(std::string_view text) : table_(FoldTable::get()), text_(text), out_(text.size()) {
        if (!text_.empty()) current_ = decode(text_, position_);
    }

    void run() {
        for (bool more = !text_.empty(); more;)
            more = step();
    }

    Output<kOrigins>& output() { return out_; }
    [[nodiscard]] std::uint32_t code_points() const { return index_; }

private:
    /// Folds the segment that starts with `current_`; false at the end of the text.
    bool step() {
        const char32_t first = current_;
        const std::uint32_t from = index_++;
        if (position_ == text_.size()) {
            put_single(first, from);
            return false;
        }
        current_ = decode(text_, position_);
        if (table_.has_boundary_before(current_)) {
            put_single(first, from);
            return true;
        }
        return step_joined(first, from);
    }

    bool step_joined(char32_t first, std::uint32_t from) {
        segment_.remove();
        segment_.append(static_cast<UChar32>(first));
        bool more = true;
        for (int joined = 1; more && !table_.has_boundary_before(current_); ++joined) {
            if (joined <= kJoinedMax || is_hangul(current_)) segment_.append(static_cast<UChar32>(current_));
            ++index_;
            more = position_ < text_.size();
            if (more) current_ = decode(text_, position_);
        }
        put_segment(from);
        return more;
    }

    void put_single(char32_t c, std::uint32_t from) {
        if (c < FoldTable::kEnd) {
            const FoldTable::Entry& entry = table_.entry(c);
            if (entry.length == FoldTable::kLong)
                out_.put(table_.long_form(entry), from);
            else
                out_.put(entry, from);
            return;
        }
        segment_.remove();
        segment_.append(static_cast<UChar32>(c));
        put_segment(from);
    }

    void put_segment(std::uint32_t from) {
        scratch_.clear();
        table_.fold_segment(segment_, scratch_);
        out_.put(scratch_, from);
    }

    /// Vowels in a row (ㅠㅠㅠ) never have a boundary between them; they are letters and must not be dropped.
    static bool is_hangul(char32_t c) {
        UErrorCode status = U_ZERO_ERROR;
        return uscript_getScript(static_cast<UChar32>(c), &status) == USCRIPT_HANGUL;
    }

    /// Twice kMarksMax: room for joiners and selectors between marks.
    static constexpr int kJoinedMax = 2 * kMarksMax;

    const FoldTable& table_;
    std::string_view text_;
    Output<kOrigins> out_;
    icu::UnicodeString segment_;
    std::string scratch_;
    std::size_t position_ = 0;  ///< behind `current_`
    std::uint32_t index_ = 0;   ///< of `current_`, in code points
    char32_t current_ = 0;
};

}  // namespace

std::string fold(std::string_view utf8) {
    Folding<false> folding(utf8);
    folding.run();
    return folding.output().take_text();
}

Folded fold_with_origin(std::string_view utf8) {
    Folding<true> folding(utf8);
    folding.run();
    Folded folded;
    folded.text = folding.output().take_text();
    folded.origin = folding.output().take_origins(folding.code_points());
    return folded;
}

}  // namespace text

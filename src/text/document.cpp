#include "text/document.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "text/fold.hpp"
#include "text/tokens.hpp"

namespace text {
namespace {

constexpr std::uint32_t kPositionMax = 16383;
constexpr std::size_t kPositionsPerLexemeMax = 255;
constexpr std::size_t kVectorBytesMax = 1'000'000;

struct Posting {
    std::string_view lexeme;  ///< without prefix
    std::uint16_t position;
    Weight weight;
};

/// Nothing when the positions or the lexemes do not fit. `folded` keeps the texts that the postings point
/// into.
std::optional<std::vector<Posting>> collect(std::span<const Field> fields, std::size_t prefix_bytes,
                                            std::vector<std::string>& folded) {
    std::vector<Posting> postings;
    folded.reserve(fields.size());  // the views must survive: short strings live inside the vector
    std::uint32_t before = 0;
    for (const Field& field : fields) {
        const std::string_view text = folded.emplace_back(fold(field.text));
        std::uint32_t last = 0;
        for (const Token& token : split_tokens(text)) {
            last = token.position;
            const std::size_t bytes = token.end - token.begin;
            if (before + last > kPositionMax || prefix_bytes + bytes > kLexemeBytesMax) return {};
            const auto position = static_cast<std::uint16_t>(before + last);
            postings.push_back({text.substr(token.begin, bytes), position, field.weight});
        }
        if (last > 0) before += last + 1;
    }
    return postings;
}

void append_big_endian(std::string& out, std::uint32_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        out += static_cast<char>(value >> shift & 0xFF);
}

/// A position with its weight as PostgreSQL's WordEntryPos.
std::uint32_t packed(const Posting& posting) {
    return static_cast<std::uint32_t>(posting.weight) << 14 | posting.position;
}

std::string empty_vector() {
    return std::string(4, '\0');
}

/// Bytes of a lexeme in a tsvector: text, padding to two, count, positions.
std::size_t stored_bytes(std::size_t lexeme_bytes, std::size_t positions) {
    return lexeme_bytes + lexeme_bytes % 2 + 2 + 2 * positions;
}

}  // namespace

SearchVector make_search_vector(std::span<const Field> fields, std::string_view lexeme_prefix) {
    const SearchVector overflow{.binary = empty_vector(), .overflow = true};
    std::vector<std::string> folded;
    auto postings = collect(fields, lexeme_prefix.size(), folded);
    if (!postings) return overflow;
    // PostgreSQL keeps lexemes in the order of memcmp, then length, which is that of string_view.
    std::ranges::sort(*postings, [](const Posting& x, const Posting& y) {
        const int order = x.lexeme.compare(y.lexeme);
        return order != 0 ? order < 0 : x.position < y.position;
    });

    SearchVector vector{.binary = empty_vector()};
    std::uint32_t lexemes = 0;
    std::size_t stored = 0;
    for (auto first = postings->begin(); first != postings->end(); ++lexemes) {
        const auto last = std::find_if(first, postings->end(),
                                       [&](const Posting& other) { return other.lexeme != first->lexeme; });
        const auto count = static_cast<std::size_t>(last - first);
        stored += stored_bytes(lexeme_prefix.size() + first->lexeme.size(), count);
        if (count > kPositionsPerLexemeMax || stored > kVectorBytesMax) return overflow;
        vector.binary.append(lexeme_prefix).append(first->lexeme).push_back('\0');
        append_big_endian(vector.binary, static_cast<std::uint32_t>(count), 2);
        for (; first != last; ++first)
            append_big_endian(vector.binary, packed(*first), 2);
    }
    std::string header;
    append_big_endian(header, lexemes, 4);
    vector.binary.replace(0, header.size(), header);
    return vector;
}

}  // namespace text

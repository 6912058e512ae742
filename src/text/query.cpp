#include "text/query.hpp"

#include <algorithm>

#include "text/fold.hpp"
#include "text/occurrence.hpp"

namespace text {
namespace {

bool clause_holds(const Clause& clause, const FoldedDocument& document) {
    return std::ranges::any_of(
        clause.any, [&](const Literal& literal) { return document.holds(literal) != literal.negated; });
}

/// Merges ranges that overlap; they need not be sorted.
std::vector<Highlight> merge(std::vector<Highlight> ranges) {
    std::ranges::sort(ranges);
    std::vector<Highlight> merged;
    for (const Highlight& range : ranges) {
        if (merged.empty() || range.first >= merged.back().second)
            merged.push_back(range);
        else
            merged.back().second = std::max(merged.back().second, range.second);
    }
    return merged;
}

/// An occurrence in code points of the original. It ends where the next character of the original begins, so
/// that accents that folding removed are inside.
Highlight to_original(const Occurrence& occurrence, const std::vector<std::uint32_t>& origin) {
    const std::uint32_t last = origin[occurrence.end - 1];
    std::size_t behind = occurrence.end;
    while (origin[behind] == last)
        ++behind;
    return {origin[occurrence.begin], origin[behind]};
}

bool occurs(const Literal& literal, std::string_view folded) {
    return !find_occurrences(folded, literal.parts, 1).empty();
}

/// Adds the occurrences of one literal.
void add_highlights(const Folded& folded, const Literal& literal, std::vector<Highlight>& ranges) {
    for (const Occurrence& occurrence : find_occurrences(folded.text, literal.parts))
        ranges.push_back(to_original(occurrence, folded.origin));
}

}  // namespace

std::vector<Field> search_fields(const DocumentView& document) {
    std::vector<Field> fields = {{document.content, Weight::a},
                                 {document.title, Weight::a},
                                 {document.author_username, Weight::b},
                                 {document.author_display_name, Weight::b},
                                 {document.note, Weight::b}};
    for (const std::string& tag : document.tags)
        fields.push_back({tag, Weight::c});
    for (const std::string& hashtag : document.hashtags)
        fields.push_back({hashtag, Weight::d});
    return fields;
}

FoldedDocument::FoldedDocument(const DocumentView& document)
    : username_(fold(document.author_username)),
      display_name_(fold(document.author_display_name)),
      has_media_(document.has_media),
      has_links_(document.has_links),
      is_archived_(document.is_archived),
      bookmarked_at_(document.bookmarked_at) {
    for (const Field& field : search_fields(document))
        fields_.push_back({fold(field.text), field.weight});
    for (const std::string& tag : document.tags)
        tags_.push_back(fold(tag));
    if (document.category) category_ = fold(*document.category);
}

bool FoldedDocument::holds(const Literal& literal) const {
    switch (literal.kind) {
        case LiteralKind::text:
            return std::ranges::any_of(fields_,
                                       [&](const TextField& field) { return occurs(literal, field.text); });
        case LiteralKind::author:
            return username_.contains(literal.value) || display_name_.contains(literal.value);
        case LiteralKind::tag:
            return std::ranges::find(tags_, literal.value) != tags_.end();
        case LiteralKind::category:
            return category_ == literal.value;
        case LiteralKind::has_media:
            return has_media_;
        case LiteralKind::has_links:
            return has_links_;
        case LiteralKind::is_archived:
            return is_archived_;
        case LiteralKind::is_untagged:
            return tags_.empty();
        case LiteralKind::is_uncategorized:
            return !category_;
        case LiteralKind::before:
            return bookmarked_at_ < literal.time;
        case LiteralKind::after:
            return bookmarked_at_ >= literal.time;
        case LiteralKind::nothing:
            return false;
    }
    return false;
}

int FoldedDocument::tenths(const Literal& literal) const {
    int sum = 0;
    for (const Weight weight : {Weight::a, Weight::b, Weight::c, Weight::d}) {
        const bool hit = std::ranges::any_of(fields_, [&](const TextField& field) {
            return field.weight == weight && occurs(literal, field.text);
        });
        if (hit) sum += tenths_of(weight);
    }
    return sum;
}

bool matches(const Query& query, const FoldedDocument& document) {
    if (query.matches_nothing) return false;
    return std::ranges::all_of(query.all,
                               [&](const Clause& clause) { return clause_holds(clause, document); });
}

bool matches(const Query& query, const DocumentView& document) {
    return matches(query, FoldedDocument(document));
}

double score(const Query& query, const FoldedDocument& document) {
    int sum = 0;
    for (const Literal* literal : positive_texts(query))
        sum += document.tenths(*literal);
    return sum / 10.0;
}

double score(const Query& query, const DocumentView& document) {
    return score(query, FoldedDocument(document));
}

std::vector<Highlight> highlights(const Query& query, std::string_view content, std::size_t max) {
    std::vector<Highlight> ranges;
    const auto literals = positive_texts(query);
    if (literals.empty()) return ranges;
    const Folded folded = fold_with_origin(content);
    for (const Literal* literal : literals) {
        add_highlights(folded, *literal, ranges);
        // Merged after each literal, so that 32 of them take no more memory than one.
        ranges = merge(std::move(ranges));
    }
    if (ranges.size() > max) ranges.resize(max);
    return ranges;
}

}  // namespace text

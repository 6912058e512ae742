// The conditions of a filter, prepared for the columns of a library's segments.
#pragma once

#include <cstdint>
#include <vector>

#include "bookmarks/filter.hpp"
#include "resident/library.hpp"
#include "text/query.hpp"

namespace resident {

/// The hits of a segment.
struct Hits {
    Bits bits;
    /// For each positive text literal of the query, in the order of text::positive_texts: per document the
    /// regions in which it occurs, one bit each.
    std::vector<std::vector<std::uint8_t>> marks;
    /// Relevance of a document in tenths.
    [[nodiscard]] std::uint32_t tenths(std::size_t document) const;
};

class Conditions {
public:
    /// Both must outlive it.
    Conditions(const Library& library, const bookmarks::Filter& filter);
    [[nodiscard]] Hits find(const Part& part) const;

private:
    enum class Kind : std::uint8_t { text, author, category, tag, status, flag, untagged, older, nothing };
    struct Condition {
        Kind kind = Kind::nothing;
        bool negated = false;
        bool scores = false;
        const text::Literal* literal = nullptr;  ///< of kind text
        std::vector<std::uint8_t> table;         ///< of author, category, tag, status: which numbers hold
        std::uint16_t flag = 0;                  ///< of kind flag
        base::Time time;                         ///< of kind older: bookmarked before it
    };
    using Clause = std::vector<Condition>;

    void add(Condition condition) { clauses_.push_back(Clause{std::move(condition)}); }
    void add_parameters(const bookmarks::Filter& filter);
    [[nodiscard]] Condition condition_of(const text::Literal& literal) const;
    [[nodiscard]] Condition flag(Flag flag, bool value) const;
    [[nodiscard]] Condition no_category() const;
    template <class Holds>
    [[nodiscard]] Condition authors(Holds holds) const;
    template <class Holds>
    [[nodiscard]] Condition tags(Holds holds) const;
    template <class Holds>
    [[nodiscard]] Condition categories(Holds holds) const;
    [[nodiscard]] static Bits evaluate(const Condition& condition, const Segment& segment, Hits& hits);

    const Library& library_;
    std::vector<Clause> clauses_;
};

/// Per document of `segment` the regions in which the text literal occurs; its negation is not looked at.
[[nodiscard]] std::vector<std::uint8_t> find_text(const Segment& segment, const text::Literal& literal);

}  // namespace resident

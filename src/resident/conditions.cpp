#include "resident/conditions.hpp"

#include <algorithm>
#include <array>

#include "text/fold.hpp"
#include "text/occurrence.hpp"

namespace resident {
namespace {

using text::LiteralKind;

/// What a hit adds, by the set of regions in which the term occurs.
constexpr auto kTenths = [] {
    constexpr std::array kWeights{text::Weight::a, text::Weight::b, text::Weight::c, text::Weight::d};
    std::array<std::uint8_t, 1U << kRegions> sums{};
    for (std::size_t set = 0; set < sums.size(); ++set)
        for (std::size_t region = 0; region < kRegions; ++region)
            if ((set >> region & 1U) != 0)
                sums[set] = static_cast<std::uint8_t>(sums[set] + text::tenths_of(kWeights[region]));
    return sums;
}();

bool is_ascii_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// For one word: the bytes count at its borders only.
struct Word {
    std::string_view text;
    const text::Part& part;
    static Verdict check(const void* context, std::size_t position, std::size_t) {
        const auto& word = *static_cast<const Word*>(context);
        // Nearly all places of a short word are inside of other ones.
        if (position > 0 && is_ascii_word(word.text[position - 1])) return Verdict::other;
        return text::is_occurrence(word.text, position, word.part) ? Verdict::hit : Verdict::other;
    }
};

/// For several parts: the fields of a region that has one of them are searched as documents are.
struct Phrase {
    const Segment& segment;
    const std::vector<text::Part>& parts;
    static Verdict check(const void* context, std::size_t, std::size_t region) {
        const auto& phrase = *static_cast<const Phrase*>(context);
        std::string_view rest = phrase.segment.region_text(region);
        while (!rest.empty()) {
            const std::string_view field = rest.substr(0, rest.find(Segment::kFieldEnd));
            if (!text::find_occurrences(field, phrase.parts, 1).empty()) return Verdict::hit;
            rest.remove_prefix(field.size() + 1);
        }
        return Verdict::none;
    }
};

}  // namespace

std::vector<std::uint8_t> find_text(const Segment& segment, const text::Literal& literal) {
    std::vector<std::uint8_t> marks(segment.size());
    const text::Part& longest =
        *std::ranges::max_element(literal.parts, {}, [](const text::Part& part) { return part.text.size(); });
    Needle needle{.bytes = longest.text,
                  .probes = choose_probes(longest.text, segment.frequency),
                  .check = nullptr,
                  .context = nullptr};
    const Word word{segment.text, longest};
    const Phrase phrase{segment, literal.parts};
    if (literal.parts.size() > 1) {
        needle.check = Phrase::check;
        needle.context = &phrase;
    } else if (longest.script != text::Script::cjk) {
        needle.check = Word::check;
        needle.context = &word;
    }
    scan(segment.haystack(), needle, marks);
    return marks;
}

std::uint32_t Hits::tenths(std::size_t document) const {
    std::uint32_t sum = 0;
    for (const std::vector<std::uint8_t>& of_literal : marks)
        sum += kTenths[of_literal[document]];
    return sum;
}

Conditions::Conditions(const Library& library, const bookmarks::Filter& filter) : library_(library) {
    add_parameters(filter);
    if (!filter.query || filter.query->empty_text) return;
    if (filter.query->matches_nothing) add({});
    for (const text::Clause& clause : filter.query->all) {
        Clause any;
        for (const text::Literal& literal : clause.any)
            any.push_back(condition_of(literal));
        clauses_.push_back(std::move(any));
    }
}

template <class Holds>
Conditions::Condition Conditions::authors(Holds holds) const {
    Condition condition{.kind = Kind::author};
    condition.table.resize(library_.vocabulary->authors());
    for (std::size_t i = 0; i < condition.table.size(); ++i)
        condition.table[i] = holds(i) ? 1 : 0;
    return condition;
}

template <class Holds>
Conditions::Condition Conditions::tags(Holds holds) const {
    Condition condition{.kind = Kind::tag};
    const Names& names = library_.vocabulary->tags;
    condition.table.resize(names.size());
    for (std::size_t i = 0; i < condition.table.size(); ++i)
        condition.table[i] = holds(names[i]) ? 1 : 0;
    return condition;
}

template <class Holds>
Conditions::Condition Conditions::categories(Holds holds) const {
    Condition condition{.kind = Kind::category};
    const std::vector<base::Uuid>& ids = library_.vocabulary->categories();
    condition.table.resize(std::size_t{Vocabulary::kNoCategory} + 1);
    for (std::size_t i = 0; i < ids.size(); ++i)
        condition.table[i] = holds(ids[i]) ? 1 : 0;
    return condition;
}

Conditions::Condition Conditions::no_category() const {
    Condition condition = categories([](const base::Uuid&) { return false; });
    condition.table[Vocabulary::kNoCategory] = 1;
    return condition;
}

Conditions::Condition Conditions::flag(Flag flag, bool value) const {
    return {.kind = Kind::flag, .negated = !value, .flag = flag};
}

void Conditions::add_parameters(const bookmarks::Filter& filter) {
    if (filter.is_archived)
        add(flag(kArchived, *filter.is_archived));
    else if (!filter.include_archived && !(filter.query && text::selects_archived(*filter.query)))
        add(flag(kArchived, false));
    if (!filter.category_ids.empty())
        add(categories([&](const base::Uuid& id) {
            return std::ranges::find(filter.category_ids, id) != filter.category_ids.end();
        }));
    if (!filter.tags.empty())
        add(tags([&](std::string_view name) {
            return std::ranges::find(filter.tags, name) != filter.tags.end();
        }));
    if (filter.author_username) {
        const std::string part = text::fold(*filter.author_username);
        add(authors([&](std::size_t i) { return library_.vocabulary->folded_username(i).contains(part); }));
    }
    if (filter.date_from) add({.kind = Kind::older, .negated = true, .time = *filter.date_from});
    if (filter.date_to) add({.kind = Kind::older, .time = *filter.date_to + std::chrono::microseconds{1}});
    if (filter.has_media) add(flag(kMedia, *filter.has_media));
    if (filter.has_links) add(flag(kLinks, *filter.has_links));
    if (filter.uncategorized) {
        Condition condition = no_category();
        condition.negated = !*filter.uncategorized;
        add(std::move(condition));
    }
    if (filter.untagged) add({.kind = Kind::untagged, .negated = !*filter.untagged});
    if (!filter.post_statuses.empty()) {
        Condition condition{.kind = Kind::status};
        condition.table.resize(1U << 8U);
        for (const bookmarks::PostStatus status : filter.post_statuses)
            condition.table[static_cast<std::size_t>(status)] = 1;
        add(std::move(condition));
    }
}

Conditions::Condition Conditions::condition_of(const text::Literal& literal) const {
    Condition condition;
    const Vocabulary& vocabulary = *library_.vocabulary;
    switch (literal.kind) {
        case LiteralKind::text:
            condition = {.kind = Kind::text, .scores = !literal.negated, .literal = &literal};
            break;
        case LiteralKind::author:
            condition = authors([&](std::size_t i) {
                return vocabulary.folded_username(i).contains(literal.value) ||
                       vocabulary.folded_display_name(i).contains(literal.value);
            });
            break;
        case LiteralKind::tag:
            condition = tags([&](std::string_view name) { return text::fold(name) == literal.value; });
            break;
        case LiteralKind::category:
            condition = categories([&](const base::Uuid& id) {
                const categories::Category* category = library_.categories->find(id);
                return category != nullptr && text::fold(category->name) == literal.value;
            });
            break;
        case LiteralKind::has_media:
            condition = flag(kMedia, true);
            break;
        case LiteralKind::has_links:
            condition = flag(kLinks, true);
            break;
        case LiteralKind::is_archived:
            condition = flag(kArchived, true);
            break;
        case LiteralKind::is_untagged:
            condition.kind = Kind::untagged;
            break;
        case LiteralKind::is_uncategorized:
            condition = no_category();
            break;
        case LiteralKind::before:
            condition = {.kind = Kind::older, .time = literal.time};
            break;
        case LiteralKind::after:
            condition = {.kind = Kind::older, .negated = true, .time = literal.time};
            break;
        case LiteralKind::nothing:
            break;
    }
    condition.negated = condition.negated != literal.negated;
    return condition;
}

Bits Conditions::evaluate(const Condition& condition, const Segment& segment, Hits& hits) {
    const std::size_t size = segment.size();
    const auto lookup = [&](const auto& column) {
        return Bits::where(size, [&](std::size_t i) { return condition.table[column[i]] != 0; });
    };
    switch (condition.kind) {
        case Kind::text: {
            std::vector<std::uint8_t> marks = find_text(segment, *condition.literal);
            Bits bits = Bits::where(size, [&](std::size_t i) { return marks[i] != 0; });
            if (condition.scores) hits.marks.push_back(std::move(marks));
            return bits;
        }
        case Kind::author:
            return lookup(segment.authors);
        case Kind::category:
            return lookup(segment.categories);
        case Kind::status:
            return Bits::where(
                size, [&](std::size_t i) { return condition.table[segment.flags[i] >> kStatusShift] != 0; });
        case Kind::flag:
            return Bits::where(size, [&](std::size_t i) { return (segment.flags[i] & condition.flag) != 0; });
        case Kind::tag: {
            std::uint32_t tag = 0;
            return Bits::where(size, [&](std::size_t i) {
                bool holds = false;
                for (; tag < segment.tag_ends[i]; ++tag)
                    holds = holds || condition.table[segment.tags[tag]] != 0;
                return holds;
            });
        }
        case Kind::untagged: {
            std::uint32_t before = 0;
            return Bits::where(
                size, [&](std::size_t i) { return std::exchange(before, segment.tag_ends[i]) == before; });
        }
        case Kind::older: {
            const std::size_t first = segment.older_than(condition.time);
            return Bits::where(size, [first](std::size_t i) { return i >= first; });
        }
        case Kind::nothing:
            break;
    }
    return Bits(size);
}

Hits Conditions::find(const Part& part) const {
    Hits hits{.bits = part.live, .marks = {}};
    for (const Clause& clause : clauses_) {
        Bits any(part.segment->size());
        for (const Condition& condition : clause) {
            Bits bits = evaluate(condition, *part.segment, hits);
            if (condition.negated) bits.flip();
            any |= bits;
        }
        hits.bits &= any;
    }
    return hits;
}

}  // namespace resident

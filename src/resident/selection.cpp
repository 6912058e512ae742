#include "resident/selection.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>

#include "resident/conditions.hpp"
#include "text/local_date.hpp"

namespace resident {
namespace {

using bookmarks::Cursor;
using bookmarks::FacetCounts;
using bookmarks::Filter;
using bookmarks::Page;
using bookmarks::Sort;

constexpr std::size_t kFacetMax = 20;
constexpr std::size_t kMonthsMax = 36;
/// Steps of a document through its runs cost that many times its scan.
constexpr std::size_t kPhraseCost = 8;

/// The hits of one segment, with what orders them.
struct Side {
    const Segment* segment = nullptr;
    Hits hits;
    /// Lists are walked bucket by bucket, and within a bucket by time. Empty: one bucket.
    std::vector<std::uint32_t> buckets;
    [[nodiscard]] std::uint32_t bucket(std::size_t i) const { return buckets.empty() ? 0 : buckets[i]; }
};
using Sides = std::array<Side, 2>;

/// The hits of one bucket of both segments, merged.
class Walk {
public:
    struct Place {
        const Side* side = nullptr;
        std::size_t document = 0;
    };

    Walk(const Sides& sides, std::uint32_t bucket, bool up, const Key* behind)
        : sides_(sides), bucket_(bucket), up_(up) {
        for (std::size_t s = 0; s < sides.size(); ++s) {
            const Segment& segment = *sides[s].segment;
            if (up) {
                // What is above the cursor: all in front of the first one that is not.
                at_[s] = behind == nullptr ? segment.size() : segment.behind(*behind);
                if (behind != nullptr && at_[s] > 0 && segment.key(at_[s] - 1) == *behind) --at_[s];
            } else {
                at_[s] = behind == nullptr ? 0 : segment.behind(*behind);
            }
            settle(s);
        }
    }

    /// No side: the end.
    Place next() {
        const std::array left{!ended(0), !ended(1)};
        if (!left[0] && !left[1]) return {};
        std::size_t s = left[0] ? 0 : 1;
        if (left[0] && left[1] && (key(0) < key(1)) != up_) s = 1;
        const Place place{&sides_[s], document(s)};
        at_[s] = up_ ? at_[s] - 1 : at_[s] + 1;
        settle(s);
        return place;
    }

private:
    // Downwards `at_` is the next document, upwards one behind it.
    [[nodiscard]] bool ended(std::size_t s) const {
        return up_ ? at_[s] == 0 : at_[s] >= sides_[s].segment->size();
    }
    [[nodiscard]] std::size_t document(std::size_t s) const { return up_ ? at_[s] - 1 : at_[s]; }
    [[nodiscard]] Key key(std::size_t s) const { return sides_[s].segment->key(document(s)); }
    /// Moves to the nearest hit of the bucket.
    void settle(std::size_t s) {
        const Side& side = sides_[s];
        for (;;) {
            at_[s] = up_ ? side.hits.bits.previous(at_[s]) : side.hits.bits.next(at_[s]);
            if (ended(s) || side.bucket(document(s)) == bucket_) return;
            at_[s] = up_ ? at_[s] - 1 : at_[s] + 1;
        }
    }

    const Sides& sides_;
    std::uint32_t bucket_;
    bool up_;
    std::array<std::size_t, 2> at_{};
};

/// Authors in the order of their folded names: equal names have equal numbers.
struct AuthorOrder {
    std::vector<std::uint32_t> rank;      ///< by author
    std::vector<std::string_view> names;  ///< by rank

    explicit AuthorOrder(const Vocabulary& vocabulary) : rank(vocabulary.authors()) {
        std::vector<std::uint32_t> sorted(rank.size());
        std::iota(sorted.begin(), sorted.end(), 0);
        const auto name_of = [&](std::uint32_t author) { return vocabulary.folded_display_name(author); };
        std::ranges::sort(sorted, {}, name_of);
        for (const std::uint32_t author : sorted) {
            if (names.empty() || names.back() != name_of(author)) names.push_back(name_of(author));
            rank[author] = static_cast<std::uint32_t>(names.size() - 1);
        }
    }
};

class Paging {
public:
    Paging(const Library& library, const Filter& filter, Sides& sides)
        : library_(library), filter_(filter), sides_(sides) {
        if (filter.sort == Sort::relevance) order_by_score();
        if (filter.sort == Sort::author) order_by_author();
        for (const Side& side : sides_)
            side.hits.bits.each([&](std::size_t i) {
                const std::uint32_t bucket = side.bucket(i);
                if (bucket >= sizes_.size()) sizes_.resize(bucket + 1);
                ++sizes_[bucket];
            });
    }

    void read(const Page& page, const std::optional<Cursor>& cursor, Selected& out) const {
        const auto limit = static_cast<std::size_t>(page.limit);
        auto skip = static_cast<std::size_t>(cursor ? 0 : page.offset);
        Start start;
        if (cursor) start = start_at(*cursor);
        for (std::uint32_t bucket = start.bucket; bucket < sizes_.size(); ++bucket) {
            const Key* behind = bucket == start.bucket && start.behind ? &*start.behind : nullptr;
            if (behind == nullptr && sizes_[bucket] <= skip) {
                skip -= sizes_[bucket];
                continue;
            }
            Walk walk(sides_, bucket, filter_.sort == Sort::date && filter_.ascending, behind);
            for (Walk::Place place = walk.next(); place.side != nullptr; place = walk.next()) {
                if (skip > 0) {
                    --skip;
                    continue;
                }
                if (out.ids.size() == limit) {
                    out.has_more = true;
                    return;
                }
                out.ids.push_back(place.side->segment->ids[place.document]);
                out.tenths.push_back(place.side->hits.tenths(place.document));
            }
        }
    }

private:
    struct Start {
        std::uint32_t bucket = 0;
        std::optional<Key> behind = {};
    };

    void order_by_score() {
        for (Side& side : sides_) {
            side.buckets.resize(side.segment->size());
            side.hits.bits.each([&](std::size_t i) {
                side.buckets[i] = side.hits.tenths(i);
                highest_ = std::max(highest_, side.buckets[i]);
            });
        }
        for (Side& side : sides_)
            side.hits.bits.each([&](std::size_t i) { side.buckets[i] = highest_ - side.buckets[i]; });
    }

    void order_by_author() {
        authors_.emplace(*library_.vocabulary);
        for (Side& side : sides_) {
            side.buckets.resize(side.segment->size());
            side.hits.bits.each([&](std::size_t i) {
                side.buckets[i] = author_bucket(authors_->rank[side.segment->authors[i]]);
            });
        }
    }

    [[nodiscard]] std::uint32_t author_bucket(std::size_t rank) const {
        return static_cast<std::uint32_t>(filter_.ascending ? rank : authors_->names.size() - 1 - rank);
    }

    [[nodiscard]] Start start_at(const Cursor& cursor) const {
        const Key key{cursor.bookmarked_at, cursor.sync_order, cursor.id};
        switch (filter_.sort) {
            case Sort::date:
                break;
            case Sort::relevance:
                if (cursor.tenths > highest_) return {};
                return {static_cast<std::uint32_t>(highest_ - std::max<std::int64_t>(cursor.tenths, 0)), key};
            case Sort::author: {
                const auto found = std::ranges::lower_bound(authors_->names, cursor.author);
                const auto rank = static_cast<std::size_t>(found - authors_->names.begin());
                if (found != authors_->names.end() && *found == cursor.author)
                    return {author_bucket(rank), key};
                // Nobody has that name any more: on with the next one.
                if (filter_.ascending) return {static_cast<std::uint32_t>(rank), {}};
                return {static_cast<std::uint32_t>(authors_->names.size() - rank), {}};
            }
        }
        return {0, key};
    }

    const Library& library_;
    const Filter& filter_;
    Sides& sides_;
    std::vector<std::size_t> sizes_;  ///< by bucket
    std::uint32_t highest_ = 0;       ///< tenths
    std::optional<AuthorOrder> authors_;
};

/// Puts the first kFacetMax into order and drops the rest.
template <class T, class Before>
void keep_first(std::vector<T>& values, Before before) {
    const std::size_t kept = std::min(values.size(), kFacetMax);
    std::partial_sort(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(kept), values.end(),
                      before);
    values.resize(kept);
}

std::vector<FacetCounts::Author> count_authors(const Library& library,
                                               const std::vector<std::uint32_t>& counts) {
    // One person may have been seen under several display names and pictures.
    struct Person {
        Author shown;
        std::int64_t count = 0;
    };
    std::vector<Person> people;
    for (std::size_t i = 0; i < counts.size(); ++i)
        if (counts[i] > 0) people.push_back({library.vocabulary->author(i), counts[i]});
    std::ranges::sort(people, {}, [](const Person& person) { return person.shown.username; });
    std::vector<Person> merged;
    for (const Person& person : people) {
        if (merged.empty() || merged.back().shown.username != person.shown.username) {
            merged.push_back(person);
            continue;
        }
        Person& last = merged.back();
        last.count += person.count;
        last.shown.display_name = std::max(last.shown.display_name, person.shown.display_name);
        last.shown.avatar_url = std::max(last.shown.avatar_url, person.shown.avatar_url);
    }
    keep_first(merged, [](const Person& a, const Person& b) {
        return a.count != b.count ? a.count > b.count : a.shown.username < b.shown.username;
    });
    std::vector<FacetCounts::Author> out;
    for (const Person& person : merged)
        out.push_back(
            {std::string(person.shown.username), std::string(person.shown.display_name),
             person.shown.avatar_url ? std::optional<std::string>(*person.shown.avatar_url) : std::nullopt,
             person.count});
    return out;
}

std::vector<std::pair<std::string, std::int64_t>> count_months(const Sides& sides, const std::string& zone) {
    std::vector<std::pair<std::string, std::int64_t>> out;
    const text::LocalMonths months(zone);
    std::array<std::size_t, 2> at{};
    while (out.size() < kMonthsMax) {
        std::optional<base::Time> newest;
        for (std::size_t s = 0; s < sides.size(); ++s) {
            at[s] = sides[s].hits.bits.next(at[s]);
            if (at[s] == sides[s].segment->size()) continue;
            newest = std::max(newest, std::optional(sides[s].segment->times[at[s]]));
        }
        if (!newest) break;
        const text::LocalMonths::Month month = months.of(*newest);
        std::size_t count = 0;
        for (std::size_t s = 0; s < sides.size(); ++s) {
            // Where clocks are put back over midnight, a month might begin behind its last moment.
            const std::size_t end = sides[s].segment->older_than(std::min(month.begin, *newest));
            if (end <= at[s]) continue;
            count += sides[s].hits.bits.count(at[s], end);
            at[s] = end;
        }
        out.emplace_back(month.name, static_cast<std::int64_t>(count));
    }
    return out;
}

FacetCounts count_facets(const Library& library, const Sides& sides, const std::string& zone) {
    const Vocabulary& vocabulary = *library.vocabulary;
    std::vector<std::uint32_t> authors(vocabulary.authors());
    std::vector<std::uint32_t> tags(vocabulary.tags.size());
    std::vector<std::uint32_t> categories(vocabulary.categories().size());
    for (const Side& side : sides) {
        const Segment& segment = *side.segment;
        side.hits.bits.each([&](std::size_t i) {
            ++authors[segment.authors[i]];
            if (segment.categories[i] != Vocabulary::kNoCategory) ++categories[segment.categories[i]];
            for (std::size_t t = i == 0 ? 0 : segment.tag_ends[i - 1]; t < segment.tag_ends[i]; ++t)
                ++tags[segment.tags[t]];
        });
    }
    FacetCounts facets;
    for (std::size_t i = 0; i < vocabulary.categories().size(); ++i)
        if (categories[i] > 0) facets.categories.emplace_back(vocabulary.categories()[i], categories[i]);
    std::vector<std::pair<std::string_view, std::int64_t>> named;
    for (std::size_t i = 0; i < tags.size(); ++i)
        if (tags[i] > 0) named.emplace_back(vocabulary.tags[i], tags[i]);
    keep_first(named, [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    for (const auto& [name, count] : named)
        facets.tags.emplace_back(name, count);
    facets.authors = count_authors(library, authors);
    facets.months = count_months(sides, zone);
    return facets;
}

}  // namespace

Selected select(const Library& library, const Filter& filter, const Page& page,
                const std::optional<Cursor>& cursor) {
    const Conditions conditions(library, filter);
    Sides sides{Side{library.base.segment.get(), conditions.find(library.base), {}},
                Side{library.tail.segment.get(), conditions.find(library.tail), {}}};
    Selected selected;
    selected.total = static_cast<std::int64_t>(sides[0].hits.bits.count() + sides[1].hits.bits.count());
    Paging(library, filter, sides).read(page, cursor, selected);
    if (filter.facets) selected.facets = count_facets(library, sides, filter.zone);
    return selected;
}

std::size_t cost(const Library& library, const Filter& filter) {
    std::size_t scans = 1;
    if (filter.query)
        for (const text::Clause& clause : filter.query->all)
            for (const text::Literal& literal : clause.any)
                if (literal.kind == text::LiteralKind::text)
                    scans += literal.parts.size() > 1 ? kPhraseCost : 1;
    return scans * (library.base.segment->text.size() + library.tail.segment->text.size());
}

}  // namespace resident

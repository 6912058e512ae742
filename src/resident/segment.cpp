#include "resident/segment.hpp"

#include <algorithm>

#include "text/fold.hpp"

namespace resident {
namespace {

constexpr char kPartEnd = '\0';  ///< PostgreSQL stores no text with it
constexpr std::size_t kSample = 4096;
constexpr std::size_t kSampleEvery = 16;

template <class T>
std::size_t bytes_of(const std::vector<T>& column) {
    return column.capacity() * sizeof(T);
}

std::array<std::uint32_t, 256> count_bytes(std::string_view text) {
    std::array<std::uint32_t, 256> counts{};
    for (std::size_t at = 0; at < text.size(); at += kSample * kSampleEvery)
        for (const char c : text.substr(at, kSample))
            ++counts[static_cast<unsigned char>(c)];
    return counts;
}

}  // namespace

std::uint32_t Vocabulary::add_author(const Document& document) {
    std::string name(document.author_username);
    name.append(1, kPartEnd).append(document.author_display_name);
    if (document.author_avatar_url) name.append(1, kPartEnd).append(*document.author_avatar_url);
    const std::uint32_t id = authors_.add(name);
    if (id == usernames_.size()) {
        usernames_.push_back(text::fold(document.author_username));
        display_names_.push_back(text::fold(document.author_display_name));
    }
    return id;
}

std::uint16_t Vocabulary::add_category(const std::optional<base::Uuid>& category) {
    if (!category) return kNoCategory;
    const auto found = std::ranges::find(categories_, *category);
    const auto id = static_cast<std::uint16_t>(found - categories_.begin());
    if (found == categories_.end() && !is_full()) categories_.push_back(*category);
    return id;
}

Author Vocabulary::author(std::size_t id) const {
    const std::string_view name = authors_[id];
    const std::size_t first = name.find(kPartEnd);
    const std::size_t second = name.find(kPartEnd, first + 1);
    Author author{name.substr(0, first), name.substr(first + 1, second - first - 1), {}};
    if (second != std::string_view::npos) author.avatar_url = name.substr(second + 1);
    return author;
}

void Vocabulary::shrink() {
    tags.shrink();
    authors_.shrink();
    usernames_.shrink();
    display_names_.shrink();
}

std::size_t Vocabulary::bytes() const {
    return sizeof *this + tags.bytes() + authors_.bytes() + usernames_.bytes() + display_names_.bytes() +
           bytes_of(categories_);
}

std::size_t Segment::older_than(base::Time time) const {
    return static_cast<std::size_t>(
        std::ranges::partition_point(times, [time](base::Time t) { return t >= time; }) - times.begin());
}

std::size_t Segment::behind(const Key& cursor) const {
    std::size_t first = 0;
    std::size_t last = size();
    while (first < last) {
        const std::size_t middle = first + (last - first) / 2;
        if (key(middle) >= cursor)
            first = middle + 1;
        else
            last = middle;
    }
    return first;
}

std::size_t Segment::bytes() const {
    return sizeof *this + text.capacity() + bytes_of(borders) + bytes_of(ids) + bytes_of(times) +
           bytes_of(sync_orders) + bytes_of(authors) + bytes_of(categories) + bytes_of(flags) +
           bytes_of(tag_ends) + bytes_of(tags);
}

SegmentBuilder::SegmentBuilder(Vocabulary& vocabulary, std::size_t documents, std::size_t text_bytes)
    : vocabulary_(vocabulary) {
    segment_.text.reserve(text_bytes + kPadding);
    segment_.borders.reserve(kRegions * documents);
    segment_.ids.reserve(documents);
    segment_.times.reserve(documents);
    segment_.sync_orders.reserve(documents);
    segment_.authors.reserve(documents);
    segment_.categories.reserve(documents);
    segment_.flags.reserve(documents);
    segment_.tag_ends.reserve(documents);
}

std::size_t SegmentBuilder::bytes() const {
    constexpr std::size_t kColumns = kRegions * sizeof(std::uint32_t) + sizeof(base::Uuid) +
                                     sizeof(base::Time) + sizeof(std::int64_t) + 2 * sizeof(std::uint32_t) +
                                     2 * sizeof(std::uint16_t);
    return segment_.text.size() + segment_.size() * kColumns + segment_.tags.size() * sizeof(std::uint32_t);
}

void SegmentBuilder::add_field(std::string_view folded) {
    if (folded.empty()) return;
    segment_.text.append(folded).append(1, Segment::kFieldEnd);
}

void SegmentBuilder::add(const Document& document) {
    const std::uint32_t author = vocabulary_.add_author(document);
    // The regions, by weight: what text::search_fields says, which the tests compare.
    add_field(text::fold(document.content));
    add_field(text::fold(document.title));
    end_region();
    add_field(vocabulary_.folded_username(author));
    add_field(vocabulary_.folded_display_name(author));
    add_field(text::fold(document.note));
    end_region();
    for (const std::string& tag : document.tags) {
        add_field(text::fold(tag));
        segment_.tags.push_back(vocabulary_.tags.add(tag));
    }
    end_region();
    for (const std::string& hashtag : document.hashtags)
        add_field(text::fold(hashtag));
    end_region();
    segment_.tag_ends.push_back(static_cast<std::uint32_t>(segment_.tags.size()));
    segment_.ids.push_back(document.id);
    segment_.times.push_back(document.bookmarked_at);
    segment_.sync_orders.push_back(document.sync_order);
    segment_.authors.push_back(author);
    segment_.categories.push_back(vocabulary_.add_category(document.category));
    unsigned flags = static_cast<unsigned>(document.post_status) << kStatusShift;
    if (document.is_archived) flags |= kArchived;
    if (document.has_media) flags |= kMedia;
    if (document.has_links) flags |= kLinks;
    segment_.flags.push_back(static_cast<std::uint16_t>(flags));
}

void SegmentBuilder::copy(const Segment& from, std::size_t document) {
    for (std::size_t region = kRegions * document; region < kRegions * (document + 1); ++region) {
        segment_.text += from.region_text(region);
        end_region();
    }
    const auto tags = from.tags.begin();
    segment_.tags.insert(segment_.tags.end(), tags + (document == 0 ? 0 : from.tag_ends[document - 1]),
                         tags + from.tag_ends[document]);
    segment_.tag_ends.push_back(static_cast<std::uint32_t>(segment_.tags.size()));
    segment_.ids.push_back(from.ids[document]);
    segment_.times.push_back(from.times[document]);
    segment_.sync_orders.push_back(from.sync_orders[document]);
    segment_.authors.push_back(from.authors[document]);
    segment_.categories.push_back(from.categories[document]);
    segment_.flags.push_back(from.flags[document]);
}

SegmentPointer SegmentBuilder::finish() {
    segment_.frequency = count_bytes(segment_.text);
    segment_.text.append(kPadding, Segment::kFieldEnd);
    segment_.text.shrink_to_fit();
    segment_.borders.shrink_to_fit();
    segment_.ids.shrink_to_fit();
    segment_.times.shrink_to_fit();
    segment_.sync_orders.shrink_to_fit();
    segment_.authors.shrink_to_fit();
    segment_.categories.shrink_to_fit();
    segment_.flags.shrink_to_fit();
    segment_.tag_ends.shrink_to_fit();
    segment_.tags.shrink_to_fit();
    return std::make_shared<const Segment>(std::move(segment_));
}

}  // namespace resident

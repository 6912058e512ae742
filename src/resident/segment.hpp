// A stretch of a library in memory: folded text in one piece and dense columns, in the order of the list
// (newest first). Immutable once built, so any number of threads may search it.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "bookmarks/bookmark.hpp"
#include "resident/names.hpp"
#include "resident/scan.hpp"

namespace resident {

/// A bookmark as far as it is searched, unfolded.
struct Document {
    base::Uuid id;
    base::Time bookmarked_at;
    std::int64_t sync_order = 0;
    std::string_view content;
    std::string_view title;
    std::string_view note;
    std::string_view author_username;
    std::string_view author_display_name;
    std::optional<std::string_view> author_avatar_url;
    std::vector<std::string> tags;
    std::vector<std::string> hashtags;
    std::optional<base::Uuid> category;
    bookmarks::PostStatus post_status = bookmarks::PostStatus::available;
    bool is_archived = false;
    bool has_media = false;
    bool has_links = false;
};

/// Where a bookmark stands in the list: larger is nearer to its top.
struct Key {
    base::Time bookmarked_at;
    std::int64_t sync_order = 0;
    base::Uuid id;
    auto operator<=>(const Key&) const = default;
};

struct Author {
    std::string_view username;
    std::string_view display_name;
    std::optional<std::string_view> avatar_url;
};

/// What the columns of segments are numbers of. Only grows.
class Vocabulary {
public:
    static constexpr std::uint16_t kNoCategory = UINT16_MAX;

    std::uint32_t add_author(const Document& document);
    /// kNoCategory for none. A library with more categories than numbers cannot be kept: `is_full`.
    std::uint16_t add_category(const std::optional<base::Uuid>& category);

    Names tags;
    [[nodiscard]] std::size_t authors() const { return authors_.size(); }
    [[nodiscard]] Author author(std::size_t id) const;
    [[nodiscard]] std::string_view folded_username(std::size_t author) const { return usernames_[author]; }
    [[nodiscard]] std::string_view folded_display_name(std::size_t author) const {
        return display_names_[author];
    }
    [[nodiscard]] const std::vector<base::Uuid>& categories() const { return categories_; }
    [[nodiscard]] bool is_full() const { return categories_.size() >= kNoCategory; }
    void shrink();
    [[nodiscard]] std::size_t bytes() const;

private:
    Names authors_;
    Strings usernames_;      ///< folded, by author
    Strings display_names_;  ///< folded, by author
    std::vector<base::Uuid> categories_;
};

/// Bits of the column of flags; the post status stands above them.
enum Flag : std::uint16_t { kArchived = 1, kMedia = 2, kLinks = 4 };
inline constexpr unsigned kStatusShift = 8;

struct Segment {
    [[nodiscard]] std::size_t size() const { return ids.size(); }
    [[nodiscard]] Key key(std::size_t i) const { return {times[i], sync_orders[i], ids[i]}; }
    [[nodiscard]] Haystack haystack() const { return {text.data(), text.size() - kPadding, borders}; }
    /// The fields of region `region`, each followed by kFieldEnd.
    [[nodiscard]] std::string_view region_text(std::size_t region) const {
        const std::uint32_t begin = region == 0 ? 0 : borders[region - 1];
        return std::string_view(text).substr(begin, borders[region] - begin);
    }
    /// How many documents stand in front of those that are older than `time`.
    [[nodiscard]] std::size_t older_than(base::Time time) const;
    /// The first document behind `key` in the order of the list.
    [[nodiscard]] std::size_t behind(const Key& key) const;
    [[nodiscard]] std::size_t bytes() const;

    /// Occurs in no text, and is no letter to those who look around an occurrence.
    static constexpr char kFieldEnd = '\xFF';

    std::string text;                    ///< with kPadding behind it
    std::vector<std::uint32_t> borders;  ///< kRegions per document
    std::vector<base::Uuid> ids;
    std::vector<base::Time> times;
    std::vector<std::int64_t> sync_orders;
    std::vector<std::uint32_t> authors;
    std::vector<std::uint16_t> categories;
    std::vector<std::uint16_t> flags;
    std::vector<std::uint32_t> tag_ends;
    std::vector<std::uint32_t> tags;
    std::array<std::uint32_t, 256> frequency{};  ///< of bytes, in a sample of the text
};
using SegmentPointer = std::shared_ptr<const Segment>;

/// Documents must come in the order of the list.
class SegmentBuilder {
public:
    /// More text than a segment can hold: 32-bit positions.
    static constexpr std::size_t kTextMax = std::size_t{3} << 30U;

    /// The numbers are a guess of what will be added.
    explicit SegmentBuilder(Vocabulary& vocabulary, std::size_t documents = 0, std::size_t text_bytes = 0);
    void add(const Document& document);
    /// Takes over a document of a segment with the same vocabulary.
    void copy(const Segment& from, std::size_t document);
    /// What the segment takes so far.
    [[nodiscard]] std::size_t bytes() const;
    [[nodiscard]] bool is_full() const { return segment_.text.size() > kTextMax; }
    [[nodiscard]] SegmentPointer finish();

private:
    void add_field(std::string_view folded);
    void end_region() { segment_.borders.push_back(static_cast<std::uint32_t>(segment_.text.size())); }

    Vocabulary& vocabulary_;
    Segment segment_;
};

}  // namespace resident

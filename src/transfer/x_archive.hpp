// X's data archive (contract 6.3 `x-archive`): several files of one zip make its bookmarks.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "transfer/collector.hpp"
#include "transfer/reader.hpp"

namespace transfer {

/// What of the files of an archive matters. Bookmarks may be mere ids; posts of the account itself, of which
/// there are texts, fill them.
class XArchive {
public:
    XArchive(Collector& collector, bool include_likes)
        : collector_(collector), include_likes_(include_likes) {}

    /// One element of any of the files: `{"bookmark":{…}}`, `{"like":{…}}`, `{"tweet":{…}}`,
    /// `{"account":{…}}`.
    void take(const boost::json::value& element, std::int64_t line);
    /// Posts that are taken from now on were deleted by their author.
    void set_deleted(bool is_deleted) { is_deleted_ = is_deleted; }
    /// Only bookmarks are remembered, nothing else is looked at: the first of two readings.
    void set_first_reading(bool is_first) { is_first_ = is_first; }
    /// Hands out the bookmarks in their order.
    void finish();

private:
    struct Bookmark {
        std::string id;
        std::string text;
        std::string added_at;
        std::int64_t line = 0;
    };
    void take_bookmark(const boost::json::object& bookmark, std::int64_t line);
    void take_like(const boost::json::object& like, std::int64_t line);
    void take_post(const boost::json::object& post, std::int64_t line);
    void take_account(const boost::json::object& account);

    Collector& collector_;
    bool include_likes_;
    bool is_deleted_ = false;
    bool is_first_ = false;
    std::vector<Bookmark> bookmarks_;
    std::unordered_set<std::string> ids_;
    std::unordered_map<std::string, bookmarks::Draft> posts_;
    std::string username_;
    std::string display_name_;
};

/// Whether an archive of this file name has something for us: `data/bookmark.js`, `data/like-part1.js`, ….
enum class ArchivePart : std::uint8_t { none, bookmarks, likes, posts, deleted_posts, account };
[[nodiscard]] ArchivePart archive_part(std::string_view name);

}  // namespace transfer

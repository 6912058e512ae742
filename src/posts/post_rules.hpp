// What X's posts have in common, whatever carried them: the API, captures of the web client, archives.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "bookmarks/bookmark.hpp"

namespace posts {

/// Decodes `&amp;`, `&lt;` and `&gt;`, the only entities of X's texts, once.
[[nodiscard]] std::string decode_entities(std::string_view text);

/// The kind of media for X's name of it; unknown names become `photo`, or `video` for an address of one.
[[nodiscard]] std::string media_type(std::string_view name, std::string_view url);

/// What the text of a tombstone says, in English or Japanese (contract 4.7); `unknown` when it says nothing
/// known.
[[nodiscard]] bookmarks::PostStatus status_of_notice(std::string_view notice);

/// The address of the mp4 with the highest bit rate (playlists have none); empty when there is no mp4.
[[nodiscard]] std::string best_variant(const boost::json::array* variants);

/// A link of a post to its own picture or film, which is no link for a reader.
[[nodiscard]] bool is_own_media(std::string_view link, std::string_view post_id);

}  // namespace posts

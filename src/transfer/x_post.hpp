// A post as X's own web client receives it (GraphQL), which captures and twitter-web-exporter's metadata
// carry.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "bookmarks/bookmark.hpp"

namespace transfer {

class Collector;

/// Decodes `&amp;`, `&lt;` and `&gt;`, the only entities of X's texts, once.
[[nodiscard]] std::string decode_entities(std::string_view text);

/// The kind of media for X's name of it; unknown names become `photo`, or `video` for an address of one.
[[nodiscard]] std::string media_type(std::string_view name, std::string_view url);

/// What the text of a tombstone says, in English or Japanese (contract 4.7); `unknown` when it says nothing
/// known.
[[nodiscard]] bookmarks::PostStatus status_of_notice(std::string_view notice);

/// Removes the wrappers around a post: `tweet_results`, `result`, `tweet`. Null for a missing result.
[[nodiscard]] const boost::json::object* unwrap_post(const boost::json::value* value);

/// Reads a `Tweet` (unwrapped). The id is empty when it has none, the author when neither `core` nor `legacy`
/// has one.
[[nodiscard]] bookmarks::Draft read_x_post(const boost::json::object& post, Collector& collector,
                                           std::int64_t line);

/// The status for something that is not a `Tweet`: a tombstone or an unavailable post; nothing for a `Tweet`.
[[nodiscard]] std::optional<bookmarks::PostStatus> missing_post_status(const boost::json::object* post);

}  // namespace transfer

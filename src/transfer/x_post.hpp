// A post as X's own web client receives it (GraphQL), which captures and twitter-web-exporter's metadata
// carry.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "bookmarks/bookmark.hpp"
#include "posts/post_rules.hpp"

namespace transfer {

class Collector;

using posts::decode_entities;
using posts::media_type;
using posts::status_of_notice;

/// Removes the wrappers around a post: `tweet_results`, `result`, `tweet`. Null for a missing result.
[[nodiscard]] const boost::json::object* unwrap_post(const boost::json::value* value);

/// Reads a `Tweet` (unwrapped). The id is empty when it has none, the author when neither `core` nor `legacy`
/// has one.
[[nodiscard]] bookmarks::Draft read_x_post(const boost::json::object& post, Collector& collector,
                                           std::int64_t line);

/// The status for something that is not a `Tweet`: a tombstone or an unavailable post; nothing for a `Tweet`.
[[nodiscard]] std::optional<bookmarks::PostStatus> missing_post_status(const boost::json::object* post);

}  // namespace transfer

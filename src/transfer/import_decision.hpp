// What becomes of a record whose post is in the library already: pure, so that every rule has a test.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bookmarks/bookmark.hpp"
#include "transfer/import_options.hpp"

namespace transfer {

enum class Action : std::uint8_t { insert, update, unchanged, skip };

/// `new`, `updated`, `unchanged`, `skipped`: the words of the contract.
[[nodiscard]] std::string_view to_string(Action action);

struct Decision {
    Action action = Action::skip;
    bookmarks::Draft draft;  ///< of `update`: what is to be stored
};

/// The rules of `duplicateStrategy` (contract 3.15) for a post that is stored as `existing`.
///
/// A record is `unchanged` when the strategy finds nothing to write; with `skip`, when it says what is
/// stored. `update` overwrites content, media, links, hashtags, mentions and tags. `merge` takes the longer
/// text, the union of lists and what was empty. A record without the post itself (`unhydrated`) never
/// replaces a text. `create_duplicate` always inserts.
[[nodiscard]] Decision decide(const bookmarks::Draft& existing, const bookmarks::Draft& incoming,
                              DuplicateStrategy strategy);

/// A field that differs; both sides are JSON.
struct FieldChange {
    std::string_view name;  ///< the key of the contract, static storage
    std::string before;
    std::string after;
};

/// What differs between two drafts among the fields that an import may change. Texts are shortened to 500
/// code points.
[[nodiscard]] std::vector<FieldChange> differences(const bookmarks::Draft& before,
                                                   const bookmarks::Draft& after);

}  // namespace transfer

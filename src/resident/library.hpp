// A user's library in memory at one version: a large segment, and a small one with what changed since the
// large one was built. Immutable: a change makes another one, which shares what did not change.
#pragma once

#include <memory>
#include <vector>

#include "categories/categories.hpp"
#include "resident/bits.hpp"
#include "resident/segment.hpp"

namespace resident {

/// A segment with the documents of it that count.
struct Part {
    SegmentPointer segment;
    Bits live;
};

struct Library {
    std::int64_t version = 0;
    std::shared_ptr<const Vocabulary> vocabulary;
    Part base;
    Part tail;
    std::shared_ptr<const categories::Snapshot> categories;

    [[nodiscard]] std::size_t size() const { return base.live.count() + tail.live.count(); }
    [[nodiscard]] std::size_t bytes() const;
    /// Of `bytes`, the folded text.
    [[nodiscard]] std::size_t text_bytes() const;
};
using LibraryPointer = std::shared_ptr<const Library>;

/// What happened between the version of a library and `version`.
struct Changes {
    std::int64_t version = 0;
    std::vector<Document> written;    ///< as they are now; each id once, in any order
    std::vector<base::Uuid> removed;  ///< what is in `written` too was made again
    categories::Snapshot categories;
};

/// A library all of whose documents are in `base`.
[[nodiscard]] LibraryPointer make_library(std::shared_ptr<const Vocabulary> vocabulary, SegmentPointer base,
                                          categories::Snapshot categories);
/// The library after the changes. When more than a tenth of `base` is replaced, everything is put into a new
/// one.
[[nodiscard]] LibraryPointer apply(const Library& library, Changes changes);

}  // namespace resident

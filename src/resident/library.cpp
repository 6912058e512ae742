#include "resident/library.hpp"

#include <algorithm>
#include <unordered_set>

namespace resident {
namespace {

using Ids = std::unordered_set<base::Uuid, base::UuidHash>;

constexpr std::size_t kReplacedShare = 10;
constexpr std::size_t kReplacedMin = 64;

Part whole(SegmentPointer segment) {
    Bits live(segment->size(), true);
    return {std::move(segment), std::move(live)};
}

/// The live documents of both in one segment.
SegmentPointer merge(Vocabulary& vocabulary, const Part& a, const Part& b) {
    SegmentBuilder builder(vocabulary, a.live.count() + b.live.count(),
                           a.segment->text.size() + b.segment->text.size());
    const Segment& left = *a.segment;
    const Segment& right = *b.segment;
    std::size_t i = a.live.next(0);
    std::size_t j = b.live.next(0);
    while (i < left.size() || j < right.size()) {
        const bool takes_left = j == right.size() || (i < left.size() && left.key(i) > right.key(j));
        if (takes_left) {
            builder.copy(left, i);
            i = a.live.next(i + 1);
        } else {
            builder.copy(right, j);
            j = b.live.next(j + 1);
        }
    }
    return builder.finish();
}

void clear(Part& part, const Ids& ids) {
    if (ids.empty()) return;
    const std::vector<base::Uuid>& own = part.segment->ids;
    part.live &= Bits::where(own.size(), [&](std::size_t i) { return !ids.contains(own[i]); });
}

Part build(Vocabulary& vocabulary, std::vector<Document> documents) {
    std::ranges::sort(documents, std::greater{}, [](const Document& document) {
        return Key{document.bookmarked_at, document.sync_order, document.id};
    });
    SegmentBuilder builder(vocabulary, documents.size());
    for (const Document& document : documents)
        builder.add(document);
    return whole(builder.finish());
}

}  // namespace

std::size_t Library::text_bytes() const {
    return base.segment->text.size() + tail.segment->text.size();
}

std::size_t Library::bytes() const {
    return sizeof *this + vocabulary->bytes() + base.segment->bytes() + base.live.bytes() +
           tail.segment->bytes() + tail.live.bytes();
}

LibraryPointer make_library(std::shared_ptr<const Vocabulary> vocabulary, SegmentPointer base,
                            categories::Snapshot categories) {
    Vocabulary none;
    Library library{.version = categories.library_version,
                    .vocabulary = std::move(vocabulary),
                    .base = whole(std::move(base)),
                    .tail = build(none, {}),
                    .categories = std::make_shared<categories::Snapshot>(std::move(categories))};
    return std::make_shared<const Library>(std::move(library));
}

LibraryPointer apply(const Library& library, Changes changes) {
    Library next = library;
    next.version = changes.version;
    next.categories = std::make_shared<categories::Snapshot>(std::move(changes.categories));
    if (changes.written.empty() && changes.removed.empty())
        return std::make_shared<const Library>(std::move(next));

    Ids gone(changes.removed.begin(), changes.removed.end());
    for (const Document& document : changes.written)
        gone.insert(document.id);
    clear(next.base, gone);
    clear(next.tail, gone);
    const auto vocabulary = std::make_shared<Vocabulary>(*library.vocabulary);
    const Part written = build(*vocabulary, std::move(changes.written));
    next.tail = whole(merge(*vocabulary, next.tail, written));
    const std::size_t size = next.base.segment->size();
    const std::size_t replaced = size - next.base.live.count() + next.tail.segment->size();
    if (replaced > kReplacedMin + size / kReplacedShare) {
        next.base = whole(merge(*vocabulary, next.base, next.tail));
        next.tail = build(*vocabulary, {});
    }
    next.vocabulary = vocabulary;
    return std::make_shared<const Library>(std::move(next));
}

}  // namespace resident

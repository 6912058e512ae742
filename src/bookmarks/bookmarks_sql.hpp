// Statements of bookmarks and the mapping of their rows.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "bookmarks/bookmarks.hpp"
#include "postgres/statement.hpp"

namespace bookmarks::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

/// The columns that `read_bookmark` reads, of a table named `b`.
extern const std::string_view kColumns;

/// `$1` user → version, search_code. Takes the lock of the library.
extern const Statement kLockLibrary;
/// `$1` user → version, search_code, active_count, archived_count.
extern const Statement kSelectLibrary;
/// For the rest of the transaction: plans of named statements do not depend on parameters, and the hits of a
/// frequent term in a library of 100,000 stay in memory.
extern const Statement kKeepPlans;
/// → names of the tables of bookmarks, ours and X's, of which the planner knows no row.
extern const Statement kSelectUncounted;
extern const Statement kAnalyzeBookmarks;
extern const Statement kAnalyzeXBookmarks;
/// `$1` user, `$2` ids (uuid[]) → the rows and, in kShownVersionColumn, the version of the library.
extern const Statement kSelectByIds;
/// `$1` user, `$2` X post ids (text[]).
extern const Statement kSelectByPosts;
/// `$1` user, `$2` X post ids (text[]) → id, post id.
extern const Statement kSelectIdsByPosts;
/// `$1` user, `$2` X post ids: forgets that they were deleted.
extern const Statement kForgetDeleted;
/// `$1` user, `$2` ids as texts: these bookmarks live again.
extern const Statement kForgetTombstones;
/// `$1` user, `$2` folded-unaware exact names (text[]) → names of tags; for `tag:` filters all names.
extern const Statement kSelectTagNames;
/// `$1` user → rows whose text exceeds a tsvector.
extern const Statement kSelectOverflow;

/// Behind kColumns.
inline constexpr int kShownVersionColumn = 28;

[[nodiscard]] Bookmark read_bookmark(const postgres::Row& row);

/// Rows on their way into a library. What is costly about them is done by `add`, which needs no database: a
/// writer that knows them early has it done before he locks the library.
class RowBatch {
public:
    RowBatch();
    ~RowBatch();
    RowBatch(RowBatch&&) noexcept;
    RowBatch& operator=(RowBatch&&) noexcept;

    void add(const Bookmark& row, std::string_view lexeme_prefix);
    /// As `insert_rows`.
    [[nodiscard]] postgres::Command insert(base::UserId user, std::int64_t library_version) const;

private:
    struct Columns;
    std::unique_ptr<Columns> columns_;
};

/// Inserts complete rows; rows whose post or id exists are left out. Returns the ids that were inserted. Row
/// i gets the library version `library_version + 1 + i`: the caller takes as many numbers with
/// `cache::Announcer::commit`. Whoever inserts under an id that it did not make itself adds
/// `kForgetTombstones`.
[[nodiscard]] postgres::Command insert_rows(base::UserId user, std::int64_t library_version,
                                            std::string_view lexeme_prefix, std::span<const Bookmark> rows);
/// Replaces rows by id with what is given and raises their row version; `Bookmark::version` is not written.
/// Library versions as `insert_rows`.
[[nodiscard]] postgres::Command update_rows(base::UserId user, std::int64_t library_version,
                                            std::string_view lexeme_prefix, std::span<const Bookmark> rows,
                                            base::Time now);
/// Writes category and archive state of rows by id, which no search vector holds; otherwise as `update_rows`.
[[nodiscard]] postgres::Command update_places(base::UserId user, std::int64_t library_version,
                                              std::span<const Bookmark> rows, base::Time now);
/// Deletes by id with tombstones and marks. Library versions as `insert_rows`.
[[nodiscard]] postgres::Command delete_rows(base::UserId user, std::int64_t library_version,
                                            std::span<const base::Uuid> ids, base::Time now);

[[nodiscard]] std::span<const Statement* const> all();

/// JSON of `media`, `referenced` and `metrics` as it is stored and answered (contract 3.3).
[[nodiscard]] std::string write_media(std::span<const Media> media);
[[nodiscard]] std::string write_references(std::span<const Reference> references);
[[nodiscard]] std::string write_metrics(const Metrics& metrics);

}  // namespace bookmarks::sql

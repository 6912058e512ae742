#include "resident/load.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <memory>

#include "base/offload.hpp"
#include "categories/categories_sql.hpp"
#include "resident/resident_sql.hpp"

namespace resident {
namespace {

using base::Result;
using base::Task;
using postgres::Params;
using postgres::Rows;

/// libpq takes some 2 µs of the worker for each row: this many hold it up for a millisecond.
constexpr std::int64_t kRowsAtATime = 500;
/// What the text of a bookmark takes: memory is reserved for it.
constexpr std::size_t kTextBytesGuess = 500;
/// Less than any bookmark takes that has some text: a library of too many is not even begun.
constexpr std::size_t kBytesMin = 100;
constexpr std::int64_t kChangesMax = 5000;
/// Fewer changed rows than this are put in place at once: folding takes some 10 µs each.
constexpr std::size_t kInlineMax = 20;
constexpr std::size_t kInlineDocumentsMax = 20'000;
constexpr int kAttemptsMax = 3;

/// Larger than the key of any row.
Key top() {
    Key key{base::Time{std::chrono::microseconds{253'402'300'800'000'000}}, INT64_MAX, {}};
    key.id.bytes.fill(0xFF);
    return key;
}

/// What is being built, for one thread at a time.
struct Building {
    Building(std::size_t documents, std::size_t bytes)
        : vocabulary(std::make_shared<Vocabulary>()), builder(*vocabulary, documents, bytes) {}
    std::shared_ptr<Vocabulary> vocabulary;
    SegmentBuilder builder;
    [[nodiscard]] std::size_t bytes() const { return builder.bytes() + vocabulary->bytes(); }
};

Task<bool> add(base::asio::thread_pool& cpu, std::shared_ptr<Building> building, Rows rows) {
    co_return co_await base::offload(cpu, [building = std::move(building), rows = std::move(rows)] {
        for (std::size_t i = 0; i < rows.size(); ++i)
            building->builder.add(sql::read_document(rows[i]));
        return !building->builder.is_full() && !building->vocabulary->is_full();
    });
}

Task<Result<Rows>> read_next(postgres::Transaction& tx, base::UserId user, Key behind) {
    Params params;
    params.uuid(user.uuid).time(behind.bookmarked_at).int8(behind.sync_order).uuid(behind.id);
    params.int8(kRowsAtATime);
    co_return co_await tx.run(sql::kSelectNext, std::move(params));
}

Key last_key(const Rows& rows) {
    const postgres::Row row = rows[rows.size() - 1];
    return {row.time(1), row.integer(2), row.uuid(0)};
}

/// Reads all rows into `building`; false when they are too many.
Task<Result<bool>> read_all(postgres::Transaction& tx, base::asio::thread_pool& cpu, base::UserId user,
                            std::shared_ptr<Building> building, std::size_t budget_bytes) {
    using namespace base::asio::experimental::awaitable_operators;
    auto rows = co_await read_next(tx, user, top());
    while (rows && !rows->empty()) {
        const Key behind = last_key(*rows);
        if (static_cast<std::int64_t>(rows->size()) < kRowsAtATime)
            co_return co_await add(cpu, building, std::move(*rows));
        auto [fits, next] = co_await (add(cpu, building, std::move(*rows)) && read_next(tx, user, behind));
        if (!fits || building->bytes() > budget_bytes) co_return false;
        rows = std::move(next);
    }
    if (!rows) co_return std::unexpected(rows.error());
    co_return true;
}

/// The rows of a change, kept as long as documents point into them.
struct Written {
    Rows rows;
    Changes changes;
};

/// Nothing: the three answers are not of one moment.
std::optional<Written> combine(const postgres::Results& results) {
    Written written{.rows = results[0], .changes = {}};
    Changes& changes = written.changes;
    changes.version = written.rows[0].integer(sql::kWrittenVersionColumn);
    changes.categories = categories::sql::read_snapshot(results[2]);
    if (results[1][0].integer(0) != changes.version || changes.categories.library_version != changes.version)
        return {};
    for (std::size_t i = 0; i < written.rows.size(); ++i)
        if (!written.rows[i].is_null(0)) changes.written.push_back(sql::read_document(written.rows[i]));
    for (std::size_t i = 0; i < results[1].size(); ++i) {
        if (results[1][i].is_null(1)) continue;
        if (const auto id = base::parse_uuid(results[1][i].text(1))) changes.removed.push_back(*id);
    }
    return written;
}

Task<Result<std::optional<Written>>> read_written(postgres::Pool& database, base::UserId user,
                                                  std::int64_t version) {
    for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
        postgres::Commands commands;
        commands.push_back({sql::kSelectWritten,
                            std::move(Params().uuid(user.uuid).int8(version).int8(kChangesMax + 1)),
                            {}});
        commands.push_back({sql::kSelectRemoved, std::move(Params().uuid(user.uuid).int8(version)), {}});
        commands.push_back({categories::sql::kSelectAll, std::move(Params().uuid(user.uuid)), {}});
        auto results = co_await database.run(std::move(commands));
        if (!results) co_return std::unexpected(results.error());
        if ((*results)[0].empty() || (*results)[1].empty() || (*results)[2].empty()) break;
        if (static_cast<std::int64_t>((*results)[0].size()) > kChangesMax) break;
        if (auto written = combine(*results)) co_return written;
    }
    co_return std::nullopt;
}

}  // namespace

Task<Result<LibraryPointer>> load(postgres::Pool& database, base::asio::thread_pool& cpu, base::UserId user,
                                  std::size_t budget_bytes) {
    auto tx = co_await database.begin();
    if (!tx) co_return std::unexpected(tx.error());
    // By itself: preparing a query beside it would count as a query before it.
    if (auto begun = co_await tx->run(sql::kOneMoment, {}); !begun) co_return std::unexpected(begun.error());
    postgres::Commands commands;
    commands.push_back({sql::kSelectLibrary, std::move(Params().uuid(user.uuid)), {}});
    commands.push_back({categories::sql::kSelectAll, std::move(Params().uuid(user.uuid)), {}});
    auto results = co_await tx->run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    if ((*results)[0].empty()) co_return base::fail(base::Errc::user_not_found);
    const auto documents = static_cast<std::size_t>((*results)[0][0].integer(1));
    if (documents * kBytesMin > budget_bytes) co_return nullptr;
    const auto building =
        std::make_shared<Building>(documents, std::min(documents * kTextBytesGuess, budget_bytes));
    auto all = co_await read_all(*tx, cpu, user, building, budget_bytes);
    if (!all) co_return std::unexpected(all.error());
    if (!*all) co_return nullptr;
    auto library = co_await base::offload(
        cpu, [building, categories = categories::sql::read_snapshot((*results)[1])]() mutable {
            building->vocabulary->shrink();
            return make_library(building->vocabulary, building->builder.finish(), std::move(categories));
        });
    if (library->bytes() > budget_bytes) co_return nullptr;
    co_return library;
}

Task<Result<LibraryPointer>> read_changes(postgres::Pool& database, base::asio::thread_pool& cpu,
                                          base::UserId user, LibraryPointer library) {
    auto read = co_await read_written(database, user, library->version);
    if (!read) co_return std::unexpected(read.error());
    if (!*read) co_return nullptr;
    const Written& written = **read;
    const std::int64_t count = written.rows[0].integer(sql::kWrittenCountColumn);
    const bool is_small = written.changes.written.size() + written.changes.removed.size() <= kInlineMax &&
                          library->base.segment->size() <= kInlineDocumentsMax;
    LibraryPointer next;
    if (is_small)
        next = apply(*library, written.changes);
    else
        next = co_await base::offload(cpu, [library, moved = std::move(**read)]() mutable {
            return apply(*library, std::move(moved.changes));
        });
    // A deletion that left no tombstone, or whose tombstone was cleared away long ago.
    if (static_cast<std::int64_t>(next->size()) != count || next->vocabulary->is_full()) co_return nullptr;
    co_return next;
}

}  // namespace resident

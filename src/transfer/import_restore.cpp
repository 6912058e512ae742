// The part of the writer that restores what own exports hold beside bookmarks.
#include <algorithm>

#include "transfer/import_writer.hpp"
#include "transfer/transfer_sql.hpp"

namespace transfer {
namespace {

using base::Result;
using postgres::Commands;
using postgres::Params;

postgres::Command restoring_history(base::UserId user, const std::vector<search::HistoryEntry>& history) {
    std::vector<base::Uuid> ids;
    std::vector<std::optional<std::string>> queries;
    std::vector<std::int64_t> counts;
    std::vector<double> milliseconds;
    std::vector<base::Time> times;
    for (const search::HistoryEntry& entry : history) {
        ids.push_back(entry.id);
        queries.emplace_back(entry.query);
        counts.push_back(entry.result_count);
        milliseconds.push_back(entry.milliseconds);
        times.push_back(entry.created_at);
    }
    Params params;
    params.uuid(user.uuid).uuid_array(ids).jsonb_array(queries).int8_array(counts).float8_array(milliseconds);
    params.time_array(times);
    return {sql::kRestoreHistory, std::move(params), {}};
}

Commands restoring(base::UserId user, std::int64_t version, const ImportParts& parts, base::Time now) {
    Commands commands;
    std::vector<base::Uuid> ids;
    std::vector<std::string> texts;
    std::vector<std::string> names;
    std::vector<std::optional<std::string>> queries;
    std::vector<std::int64_t> orders;
    std::vector<std::uint8_t> pinned;
    std::vector<base::Time> created;
    std::vector<base::Time> updated;
    for (const search::SavedSearch& saved : parts.saved_searches) {
        ids.push_back(saved.id);
        texts.push_back(base::to_string(saved.id));
        names.push_back(saved.name);
        queries.emplace_back(saved.query);
        orders.push_back(saved.order);
        pinned.push_back(saved.pinned ? 1 : 0);
        created.push_back(saved.created_at == base::Time() ? now : saved.created_at);
        updated.push_back(saved.updated_at == base::Time() ? now : saved.updated_at);
    }
    if (!ids.empty()) {
        Params params;
        params.uuid(user.uuid).int8(version).uuid_array(ids).text_array(names).jsonb_array(queries);
        params.int8_array(orders).boolean_array(pinned).time_array(created).time_array(updated);
        commands.push_back({sql::kRestoreSavedSearches, std::move(params), {}});
        commands.push_back(
            {sql::kForgetSavedTombstones, std::move(Params().uuid(user.uuid).text_array(texts)), {}});
    }
    if (!parts.history.empty()) commands.push_back(restoring_history(user, parts.history));
    if (parts.settings) {
        Params params;
        params.uuid(user.uuid)
            .jsonb(*parts.settings)
            .int8(version + 1 + static_cast<std::int64_t>(ids.size()));
        params.time(now);
        commands.push_back({sql::kRestoreSettings, std::move(params), {}});
    }
    return commands;
}

}  // namespace

Result<void> ImportWriter::restore(const ImportParts& parts) {
    if (options_.dry_run || parts.empty()) return {};
    return until_available([&]() -> Result<void> {
        auto locked = lock({});
        if (!locked) return std::unexpected(locked.error());
        const std::int64_t count = static_cast<std::int64_t>(parts.saved_searches.size()) + 1;
        const auto restored = run(*locked, restoring(target_.user, locked->version, parts, clock_.now()));
        if (!restored) return std::unexpected(restored.error());
        const bool is_changed =
            std::ranges::any_of(*restored, [](const postgres::Rows& rows) { return rows.affected() > 0; });
        if (!is_changed) return {};
        // As with colours, versions may stay unused.
        const auto done = loop_.run(commit(locked->transaction, {}, {.count = count}));
        if (!done) return std::unexpected(done.error());
        return {};
    });
}

}  // namespace transfer

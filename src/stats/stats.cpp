#include "stats/stats.hpp"

#include <array>

#include "base/offload.hpp"
#include "base/usage.hpp"
#include "stats/stats_sql.hpp"

namespace stats {
namespace {

using base::Result;
using base::Task;
using postgres::Commands;
using postgres::Params;
using postgres::Rows;

/// Folders that hold files of users, each with a directory per user (contract 5.4).
constexpr std::array<std::string_view, 2> kFolders{"exports", "imports"};

Params user_param(const std::optional<base::UserId>& user) {
    Params params;
    params.uuid(user ? std::optional(user->uuid) : std::nullopt);
    return params;
}

Counted read_counted(const Rows& rows) {
    Counted out;
    for (std::size_t i = 0; i < rows.size(); ++i)
        out.emplace_back(rows[i].text(0), rows[i].integer(1));
    return out;
}

Storage::Part measure(const std::filesystem::path& directory) {
    Storage::Part part;
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator file(directory, error), end; !error && file != end;
         file.increment(error)) {
        if (!file->is_regular_file(error)) continue;
        const auto bytes = file->file_size(error);
        if (error) continue;  // removed meanwhile
        ++part.count;
        part.bytes += static_cast<std::int64_t>(bytes);
    }
    return part;
}

}  // namespace

Task<Result<Database>> Stats::database(std::optional<base::UserId> user, std::string zone) {
    Commands commands;
    commands.push_back({sql::kCountAll, std::move(user_param(user).time(clock_.now()).text(zone)), {}});
    commands.push_back({sql::kTopCategories, user_param(user), {}});
    commands.push_back({sql::kTopTags, user_param(user), {}});
    const auto results = co_await database_.run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    const postgres::Row row = (*results)[0][0];
    co_return Database{.users = row.integer(0),
                       .active_users = row.integer(1),
                       .new_users = row.integer(2),
                       .bookmarks = row.integer(3),
                       .new_bookmarks = row.integer(4),
                       .categories = row.integer(5),
                       .tags = row.integer(6),
                       .searches = row.integer(7),
                       .new_searches = row.integer(8),
                       .top_categories = read_counted((*results)[1]),
                       .top_tags = read_counted((*results)[2])};
}

Task<Result<Usage>> Stats::usage(base::UserId user, std::int64_t days, std::string zone) {
    Commands commands;
    commands.push_back(
        {sql::kCountDays, std::move(user_param(user).time(clock_.now()).text(zone).int8(days)), {}});
    commands.push_back({sql::kDistribute, user_param(user), {}});
    const auto results = co_await database_.run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    Usage out;
    const Rows& counts = (*results)[0];
    for (std::size_t i = 0; i < counts.size(); ++i)
        out.days.push_back({std::string(counts[i].text(0)), counts[i].integer(1), counts[i].integer(2)});
    const Rows& shares = (*results)[1];
    for (std::size_t i = 0; i < shares.size(); ++i)
        out.categories.push_back({std::string(shares[i].text(0)), shares[i].integer(1), shares[i].float8(2)});
    co_return out;
}

Task<Storage> Stats::storage(base::UserId user) {
    const auto asked = base::current_usage();
    Storage out = co_await base::offload(files_, [root = storage_, user] {
        Storage found;
        for (const std::string_view folder : kFolders)
            found.parts[std::string(folder)] = measure(root / folder / base::to_string(user.uuid));
        return found;
    });
    base::current_usage() = asked;
    co_return out;
}

}  // namespace stats

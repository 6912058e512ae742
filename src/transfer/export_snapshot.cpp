#include "transfer/export_snapshot.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "bookmarks/bookmarks_sql.hpp"
#include "transfer/export_sql.hpp"

namespace transfer {
namespace {

using base::Result;
using base::Task;
using postgres::Commands;
using postgres::Params;
using postgres::Results;
using TransactionPointer = std::shared_ptr<postgres::Transaction>;

Task<Result<TransactionPointer>> begin(postgres::Pool& database) {
    auto transaction = co_await database.begin(postgres::Isolation::one_moment);
    if (!transaction) co_return std::unexpected(transaction.error());
    auto shared = std::make_shared<postgres::Transaction>(*std::move(transaction));
    if (const auto opened = co_await shared->run(sql::kStayOpen, {}); !opened)
        co_return std::unexpected(opened.error());
    co_return shared;
}

Task<Result<Results>> run(TransactionPointer transaction, Commands commands) {
    co_return co_await transaction->run(std::move(commands));
}

Params filter_params(base::UserId user, const ExportFilter& filter) {
    Params params;
    params.uuid(user.uuid).time(filter.from).time(filter.to);
    if (filter.categories.empty())
        params.null(postgres::Type::uuid_array);
    else
        params.uuid_array(filter.categories);
    if (filter.tags.empty())
        params.null(postgres::Type::text_array);
    else
        params.text_array(filter.tags);
    params.boolean(filter.include_archived);
    return params;
}

Commands one(const postgres::Statement& statement, Params params = {}) {
    Commands commands;
    commands.push_back({statement, std::move(params), {}});
    return commands;
}

}  // namespace

ExportSnapshot::ExportSnapshot(const Loop& loop, TransactionPointer transaction)
    : loop_(loop), transaction_(std::move(transaction)) {}

Result<std::unique_ptr<ExportSnapshot>> ExportSnapshot::open(const Loop& loop, postgres::Pool& database) {
    auto transaction = loop.run(begin(database));
    if (!transaction) return std::unexpected(transaction.error());
    return std::unique_ptr<ExportSnapshot>(new ExportSnapshot(loop, *std::move(transaction)));
}

// A transaction belongs to its loop.
ExportSnapshot::~ExportSnapshot() {
    base::asio::post(loop_.io, [transaction = std::move(transaction_)]() mutable { transaction.reset(); });
}

Result<postgres::Rows> ExportSnapshot::read(const postgres::Statement& statement, Params params) {
    auto results = loop_.run(run(transaction_, one(statement, std::move(params))));
    if (!results) return std::unexpected(results.error());
    return std::move(results->front());
}

Result<std::int64_t> ExportSnapshot::count(base::UserId user, const ExportFilter& filter) {
    const auto rows = read(sql::kCount, filter_params(user, filter));
    if (!rows) return std::unexpected(rows.error());
    return (*rows)[0].integer(0);
}

Result<void> ExportSnapshot::each(base::UserId user, const ExportFilter& filter,
                                  const std::optional<Folder>& folder, const Take& take,
                                  const std::function<Result<void>()>& between) {
    Params params = filter_params(user, filter);
    params.uuid(folder ? folder->category : std::nullopt).boolean(folder && !folder->category);
    Commands commands = one(sql::kOpenCursor, std::move(params));
    commands.push_back({sql::kFetch, {}, {}});
    auto results = loop_.run(run(transaction_, std::move(commands)));
    if (!results) return std::unexpected(results.error());
    for (postgres::Rows rows = std::move(results->back());;) {
        const bool is_last = rows.size() < sql::kFetched;
        auto next = loop_.start(run(transaction_, one(is_last ? sql::kCloseCursor : sql::kFetch)));
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (auto taken = take(bookmarks::sql::read_bookmark(rows[i])); !taken) return taken;
        if (auto told = between(); !told) return told;
        results = loop_.wait(std::move(next));
        if (!results) return std::unexpected(results.error());
        if (is_last) return {};
        rows = std::move(results->front());
    }
}

}  // namespace transfer

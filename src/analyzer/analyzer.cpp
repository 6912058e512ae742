#include "analyzer/analyzer.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "analyzer/analyzer_sql.hpp"
#include "analyzer/arguments.hpp"
#include "base/log.hpp"
#include "bookmarks/bookmarks_sql.hpp"
#include "analyzer/conditions.hpp"
#include "categories/categories_sql.hpp"

namespace analyzer {
namespace {

using base::Errc;
using base::Result;
using base::Task;
using postgres::Command;
using postgres::Commands;
using postgres::Params;
using postgres::Results;
using postgres::Rows;

constexpr int kRunningMax = 2;  ///< analyses of a worker at a time
constexpr std::chrono::seconds kPatience{30};
/// Cheaper by less than this share is not worth what an index costs every write.
constexpr double kWorthwhile = 0.2;
/// An index of all rows that saves this share of what one of some rows saves is preferred.
constexpr double kNearly = 0.95;
/// Queries below this cost are quick in any way.
constexpr double kCostMin = 50;

// The session as the service has it (postgres/connection.cpp), also behind a pooler, where nothing of it
// lasts.
constexpr std::string_view kAsService =
    "SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),"
    " set_config('TimeZone', 'UTC', true), set_config('statement_timeout', '30000', true)";
// As the service keeps them out of its plans, scans of tables cost more than any number there is: what an
// index saves can only be told where they may be used.
constexpr std::string_view kWithScans = "SELECT set_config('enable_seqscan', 'on', true)";
/// In it nobody else can have put anything that hypopg's script would find.
constexpr std::string_view kSchema = "xbm_analyzer";

std::optional<Plan> read_plan(const Rows& rows) {
    return rows.empty() ? std::nullopt : parse_plan(rows[0].text(0));
}

base::Error unreadable() {
    return {Errc::internal_error, "PostgreSQL explained nothing", {}, {}};
}

std::vector<std::string> texts_of(const Rows& rows, int column) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < rows.size(); ++i)
        out.emplace_back(rows[i].text(column));
    return out;
}

std::string most_frequent(std::vector<std::string> of) {
    std::ranges::sort(of);
    std::string out;
    std::ptrdiff_t most = 0;
    for (auto at = of.begin(); at != of.end();) {
        const auto end = std::upper_bound(at, of.end(), *at);
        if (end - at > most) {
            most = end - at;
            out = *at;
        }
        at = end;
    }
    return out;
}

void add_columns(const postgres::Row& row, Tables& tables) {
    Columns& columns = tables.columns[std::string(row.text(0))];
    std::vector<std::string> names = row.texts(1);
    std::vector<std::string> collations = row.texts(2);
    for (std::size_t i = 0; i < names.size(); ++i)
        columns.emplace(std::move(names[i]), std::move(collations[i]));
}

/// A candidate, and what the query would cost with it.
struct Tried {
    const Index* index;
    double cost;
};

/// The simplest one that is nearly as good as the best; of all rows, if that saves nearly as much as of some.
const Tried& choose(const std::vector<Tried>& tried, double cost_before, double best) {
    const auto found = std::ranges::find_if(
        tried, [best](const Tried& one) { return one.cost * (1 - kWorthwhile) <= best; });
    const auto whole = std::ranges::find_if(tried, [&](const Tried& one) {
        return one.index->keys == found->index->keys && one.index->predicate.empty() &&
               cost_before - one.cost >= kNearly * (cost_before - found->cost);
    });
    return whole != tried.end() ? *whole : *found;
}

base::Uuid rarest(const categories::Snapshot& categories) {
    const categories::Category* found = nullptr;
    for (const categories::Category& one : categories.all)
        if (one.active_count > 0 && (found == nullptr || one.active_count < found->active_count)) found = &one;
    return found == nullptr ? base::Uuid() : found->id.uuid;
}

}  // namespace

struct Analyzer::Session {
    std::shared_ptr<postgres::Connection> connection;
    base::SteadyTime deadline;
    std::string hypopg = {};  ///< its schema; empty: indexes cannot be imagined
    bool can_install = false;

    /// Past the deadline the caller goes on, and the connection that is then dropped takes the statement along.
    Task<Result<Results>> run(Commands commands) {
        co_return co_await connection->run(std::move(commands), {.deadline = deadline, .may_leave = true});
    }
    Task<Result<Rows>> run(Command command) {
        Commands commands;
        commands.push_back(std::move(command));
        auto results = co_await run(std::move(commands));
        if (!results) co_return std::unexpected(results.error());
        co_return std::move(results->front());
    }
};

Task<Result<void>> Analyzer::open(Session& session, const std::string& conninfo) {
    auto opened = co_await postgres::Connection::open(
        io_, {.conninfo = conninfo, .statement_timeout = kPatience}, clock_);
    if (!opened) co_return std::unexpected(opened.error());
    session.connection = *std::move(opened);
    Commands commands;
    commands.push_back(sql::plain("BEGIN"));
    commands.push_back(sql::plain(kAsService));
    commands.push_back({sql::kSelectHypopg, {}, {}});
    const auto begun = co_await session.run(std::move(commands));
    if (!begun) co_return std::unexpected(begun.error());
    session.hypopg = begun->back()[0].maybe_text(0).value_or("");
    session.can_install = begun->back()[0].boolean(1);
    co_return Result<void>{};
}

/// As a superuser, who can install hypopg for the time of the transaction, and from then on has the rights of
/// the service.
Task<Result<void>> Analyzer::begin_as_superuser(Session& session) {
    if (auto opened = co_await open(session, options_.superuser); !opened) co_return opened;
    Commands commands;
    if (session.hypopg.empty() && session.can_install) {
        session.hypopg = kSchema;
        commands.push_back(sql::plain(fmt::format("CREATE SCHEMA {}", kSchema)));
        commands.push_back(sql::plain(fmt::format("CREATE EXTENSION hypopg SCHEMA {}", kSchema)));
        commands.push_back(sql::plain(fmt::format("GRANT USAGE ON SCHEMA {} TO PUBLIC", kSchema)));
    }
    commands.push_back(sql::plain(fmt::format("SET LOCAL ROLE {}", options_.role)));
    commands.push_back(sql::plain("SET TRANSACTION READ ONLY"));
    const auto ready = co_await session.run(std::move(commands));
    if (!ready) co_return std::unexpected(ready.error());
    co_return Result<void>{};
}

Task<Result<void>> Analyzer::begin(Session& session) {
    if (!options_.superuser.empty()) {
        if (co_await begin_as_superuser(session)) co_return Result<void>{};
        base::log::warn("the analyzer works without hypopg: it cannot be installed");
        if (session.connection) session.connection->abort();
    }
    if (auto opened = co_await open(session, options_.conninfo); !opened) co_return opened;
    Commands commands;
    commands.push_back(sql::plain("SET TRANSACTION READ ONLY"));
    // What an analysis that was cut off may have left, behind a pooler.
    if (!session.hypopg.empty()) commands.push_back(sql::forget(session.hypopg));
    const auto ready = co_await session.run(std::move(commands));
    if (!ready) co_return std::unexpected(ready.error());
    co_return Result<void>{};
}

Task<Result<Account>> Analyzer::read_account(Session& session, std::optional<base::Uuid> user) {
    Account account;
    if (!user) {
        const auto largest = co_await session.run({sql::kSelectLargest, {}, {}});
        if (!largest) co_return std::unexpected(largest.error());
        if (largest->empty()) co_return account;  // nobody is there: the queries find nothing
        user = (*largest)[0].uuid(0);
    }
    account.user = {*user};
    const auto found = co_await session.run({sql::kSelectAccount, std::move(Params().uuid(*user)), {}});
    if (!found) co_return std::unexpected(found.error());
    if (found->empty()) co_return base::fail(Errc::user_not_found, "There is no such account");
    const postgres::Row row = (*found)[0];
    account.username = row.text(0);
    account.email = row.text(1);
    account.x_user_id = row.text(2);
    account.version = row.integer(3);
    account.search_code = row.integer(4);
    account.job = row.maybe_uuid(5).value_or(base::Uuid());
    if (const auto read = co_await read_samples(session, account); !read)
        co_return std::unexpected(read.error());
    co_return account;
}

Task<Result<void>> Analyzer::read_samples(Session& session, Account& account) {
    Commands commands;
    for (const postgres::Statement* one :
         {&categories::sql::kSelectAll, &sql::kSelectRareTag, &sql::kSelectNewest,
          &bookmarks::sql::kSelectOverflow, &bookmarks::sql::kSelectTagNames})
        commands.push_back({*one, std::move(Params().uuid(account.user.uuid)), {}});
    const auto read = co_await session.run(std::move(commands));
    if (!read) co_return std::unexpected(read.error());
    account.categories = categories::sql::read_snapshot((*read)[0]);
    account.category = rarest(account.categories);
    if (!(*read)[1].empty()) account.tag = (*read)[1][0].text(0);
    const Rows& newest = (*read)[2];
    for (std::size_t i = 0; i < newest.size(); ++i)
        account.bookmark_ids.push_back(newest[i].uuid(0));
    account.post_ids = texts_of(newest, 1);
    account.author = most_frequent(texts_of(newest, 2));
    account.word = frequent_word(texts_of(newest, 3));
    const Rows& overflow = (*read)[3];
    for (std::size_t i = 0; i < overflow.size(); ++i)
        account.overflow.push_back(bookmarks::sql::read_bookmark(overflow[i]));
    account.tag_names = texts_of((*read)[4], 0);
    co_return Result<void>{};
}

Task<Result<Tables>> Analyzer::read_tables(Session& session) {
    Commands commands;
    commands.push_back({sql::kSelectColumns, {}, {}});
    commands.push_back({sql::kSelectIndexes, {}, {}});
    const auto read = co_await session.run(std::move(commands));
    if (!read) co_return std::unexpected(read.error());
    Tables tables;
    const Rows& columns = read->front();
    for (std::size_t i = 0; i < columns.size(); ++i)
        add_columns(columns[i], tables);
    const Rows& indexes = read->back();
    for (std::size_t i = 0; i < indexes.size(); ++i) {
        const postgres::Row row = indexes[i];
        Index index{.name = std::string(row.text(0)),
                    .table = std::string(row.text(1)),
                    .method = std::string(row.text(2)),
                    .keys = {},
                    .predicate = std::string(without_brackets(row.text(3)))};
        std::vector<std::string> names = row.texts(4);
        std::vector<std::string> orders = row.texts(5);
        for (std::size_t k = 0; k < names.size(); ++k)
            index.keys.push_back({.column = std::move(names[k]), .order = std::move(orders[k])});
        tables.indexes.push_back(std::move(index));
    }
    co_return tables;
}

Task<Result<std::optional<Recommendation>>> Analyzer::try_out(Session& session, const Need& need,
                                                              double cost_before, const Command& command) {
    std::vector<Tried> tried;
    double best = cost_before;
    for (const Index& index : need.candidates) {
        if (index.method != "btree") continue;  // hypopg knows no other that we ask for
        Commands commands;
        commands.push_back(sql::imagine(session.hypopg, definition_of(index)));
        commands.push_back(sql::explain(command, false));
        commands.push_back(sql::forget(session.hypopg));
        const auto explained = co_await session.run(std::move(commands));
        if (!explained) co_return std::unexpected(explained.error());
        const auto plan = read_plan((*explained)[1]);
        if (!plan) co_return std::unexpected(unreadable());
        tried.push_back({&index, plan->root.cost});
        best = std::min(best, plan->root.cost);
    }
    if (best > cost_before * (1 - kWorthwhile)) co_return std::optional<Recommendation>();
    const Tried& chosen = choose(tried, cost_before, best);
    co_return Recommendation{.message = need.reason,
                             .ddl = ddl_of(*chosen.index),
                             .cost_before = cost_before,
                             .cost_after = chosen.cost};
}

Task<Result<std::vector<Recommendation>>> Analyzer::recommend(Session& session, const Query& query,
                                                              const Plan& plan, const Command& command) {
    std::vector<Recommendation> out;
    const auto tables = co_await read_tables(session);
    if (!tables) co_return std::unexpected(tables.error());
    const std::vector<Need> needs = needs_of(plan, *tables, query.reach);
    if (needs.empty()) co_return out;
    Commands commands;
    commands.push_back(sql::plain(kWithScans));
    commands.push_back(sql::explain(command, false));
    const auto explained = co_await session.run(std::move(commands));
    if (!explained) co_return std::unexpected(explained.error());
    const auto usual = read_plan(explained->back());
    if (!usual) co_return std::unexpected(unreadable());
    const double cost_before = usual->root.cost;
    if (cost_before < kCostMin) co_return out;
    for (const Need& need : needs) {
        std::optional<Recommendation> one;
        if (!session.hypopg.empty()) {
            auto tried = co_await try_out(session, need, cost_before, command);
            if (!tried) co_return std::unexpected(tried.error());
            one = *std::move(tried);
        }
        const Index* const sure = need.surest ? &need.candidates[*need.surest] : nullptr;
        const bool was_tried = !session.hypopg.empty() && sure != nullptr && sure->method == "btree";
        if (!one && sure != nullptr && !was_tried && need.is_clear)
            one = Recommendation{.message = need.reason,
                                 .ddl = ddl_of(*sure),
                                 .cost_before = cost_before,
                                 .cost_after = {}};
        if (one && std::ranges::find(out, one->ddl, &Recommendation::ddl) == out.end())
            out.push_back(*std::move(one));
    }
    co_return out;
}

Task<Result<Analysis>> Analyzer::run(Session& session, const Query& query, std::optional<base::Uuid> user,
                                     const boost::json::object& given) {
    if (auto begun = co_await begin(session); !begun) co_return std::unexpected(begun.error());
    const auto account = co_await read_account(session, user);
    if (!account) co_return std::unexpected(account.error());
    const Command command = bind(query, *account, given, clock_.now());
    const auto rows = co_await session.run(sql::explain(command, true));
    if (!rows) co_return std::unexpected(rows.error());
    auto plan = read_plan(*rows);
    if (!plan) co_return std::unexpected(unreadable());
    auto recommendations = co_await recommend(session, query, *plan, command);
    if (!recommendations) co_return std::unexpected(recommendations.error());
    if (const auto ended = co_await session.run(sql::plain("ROLLBACK")); !ended)
        co_return std::unexpected(ended.error());
    co_return Analysis{.query = std::string(query.name),
                       .sql = std::string(command.statement.sql),
                       .plan_json = std::string((*rows)[0].text(0)),
                       .plan = *std::move(plan),
                       .recommendations = *std::move(recommendations)};
}

Task<Result<Analysis>> Analyzer::analyze(const Query& query, std::optional<base::Uuid> user,
                                         boost::json::object given) {
    if (running_ >= kRunningMax)
        co_return std::unexpected(base::Error{Errc::service_unavailable,
                                              "Other queries are being analyzed",
                                              std::chrono::seconds{1},
                                              {}});
    struct Place {
        int& running;
        explicit Place(int& count) : running(count) { ++running; }
        ~Place() { --running; }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
    };
    const Place place(running_);
    Session session{.connection = {}, .deadline = clock_.steady() + kPatience};
    auto analysis = co_await run(session, query, user, given);
    // What is unfinished goes with the connection: PostgreSQL rolls it back.
    if (session.connection) session.connection->abort();
    co_return analysis;
}

}  // namespace analyzer

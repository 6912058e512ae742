// The pool against a real PostgreSQL: waiting, limits, leaving, repair.
#include "postgres/pool.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "postgres/conninfo.hpp"
#include "postgres/sizing.hpp"
#include "postgres/test_database.hpp"

namespace postgres {
namespace {

using namespace std::chrono_literals;
using base::Errc;
using base::Result;
using base::Task;

const Statement kEcho{"test.echo", "SELECT $1::bigint", {Type::int8}, Access::read};
const Statement kSleep{
    "test.sleep", "SELECT $2::bigint, pg_sleep($1)", {Type::float8, Type::int8}, Access::read};
const Statement kTimeout{"test.timeout",
                         "SELECT current_setting('statement_timeout'), current_setting('TimeZone')",
                         {},
                         Access::read};
const Statement kBackends{"test.backends",
                          "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND"
                          " state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()",
                          {},
                          Access::read};
const Statement kKillOthers{
    "test.kill",
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE"
    " backend_type = 'client backend' AND usename = current_user AND pid <> pg_backend_pid()",
    {},
    Access::write};

Params sleeping(double seconds, std::int64_t token) {
    return std::move(Params().float8(seconds).int8(token));
}

/// Null: there was none.
Task<std::shared_ptr<Transaction>> begin_shared(Pool& pool, Isolation isolation = Isolation::read_committed) {
    auto transaction = co_await pool.begin(isolation);
    if (!transaction) co_return nullptr;
    co_return std::make_shared<Transaction>(std::move(*transaction));
}

class PoolTest : public test::Database {
protected:
    std::int64_t echo(Pool& pool, std::int64_t token) {
        const auto rows = run(pool.run(kEcho, std::move(Params().int8(token))));
        return rows ? (*rows)[0].integer(0) : -1;
    }
};

Task<Errc> sleep_in_transaction(Pool& pool, double seconds) {
    auto transaction = co_await pool.begin();
    if (!transaction) co_return transaction.error().code;
    const auto rows = co_await transaction->run(kSleep, sleeping(seconds, 1));
    if (!rows) co_return rows.error().code;
    const auto committed = co_await transaction->commit();
    co_return committed ? Errc::kCount : committed.error().code;  // kCount: no error
}

TEST_F(PoolTest, TransactionsWaitInTurnAndTheLimitHolds) {
    auto pool = make_pool({.min = 1, .max = 3});
    std::vector<std::future<Errc>> all;
    for (int i = 0; i < 12; ++i)
        all.push_back(spawn(sleep_in_transaction(*pool, 0.01)));
    std::size_t most = 0;
    ASSERT_TRUE(wait_until([&] {
        most = std::max(most, pool->state().total);
        return pool->counters().acquired == 12 && pool->state().active == 0;
    }));
    for (auto& one : all)
        EXPECT_EQ(finish(std::move(one)), Errc::kCount);
    EXPECT_EQ(most, 3U);
    EXPECT_GE(pool->counters().waited, 10U) << "two at a time: one connection stays for single statements";
    EXPECT_LT(pool->counters().efficiency(), 0.5);
    EXPECT_EQ(pool->state().waiting, 0U);
    stop(*pool);
}

TEST_F(PoolTest, TransactionsAndStatementsShareOneConnectionInTurn) {
    auto pool = make_pool({.min = 1, .max = 1});
    auto first = spawn(sleep_in_transaction(*pool, 0.02));
    auto second = spawn(pool->run(kEcho, std::move(Params().int8(7))));
    auto third = spawn(sleep_in_transaction(*pool, 0.0));
    EXPECT_EQ(finish(std::move(first)), Errc::kCount);
    const auto rows = finish(std::move(second));
    ASSERT_TRUE(rows);
    EXPECT_EQ((*rows)[0].integer(0), 7);
    EXPECT_EQ(finish(std::move(third)), Errc::kCount);
    EXPECT_EQ(pool->counters().opened, 1U);
    stop(*pool);
}

TEST_F(PoolTest, FullQueueRefusesAtOnceAndWaitingEnds) {
    auto pool =
        make_pool({.min = 1, .max = 1, .acquire_timeout = 50ms, .pipeline_depth_max = 1, .waiters_max = 2});
    ASSERT_TRUE(run(pool->start()));
    auto running = spawn(pool->run(kSleep, sleeping(0.5, 1)));
    auto waiting = spawn(pool->run(kEcho, std::move(Params().int8(2))));
    auto also_waiting = spawn(sleep_in_transaction(*pool, 0.0));
    const auto refused = run(pool->run(kEcho, std::move(Params().int8(3))));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::service_unavailable);
    EXPECT_EQ(refused.error().retry_after, 1s);
    EXPECT_EQ(pool->counters().refused, 1U);
    EXPECT_EQ(pool->state().waiting, 2U);
    const auto timed_out = finish(std::move(waiting));
    ASSERT_FALSE(timed_out);
    EXPECT_EQ(timed_out.error().code, Errc::service_unavailable);
    EXPECT_EQ(finish(std::move(also_waiting)), Errc::service_unavailable);
    EXPECT_EQ(pool->counters().timed_out, 2U);
    const auto rows = finish(std::move(running));
    ASSERT_TRUE(rows);
    EXPECT_EQ((*rows)[0].integer(0), 1);
    EXPECT_EQ(echo(*pool, 4), 4) << "kept free for a transaction that no longer waits";
    stop(*pool);
}

TEST_F(PoolTest, SlowStatementsMakeThePoolGrow) {
    auto pool = make_pool({.min = 1, .max = 2});
    ASSERT_TRUE(run(pool->start()));
    auto slow = spawn(pool->run(kSleep, sleeping(30, 1)));
    ASSERT_TRUE(wait_until([&] {
        auto probe = spawn(pool->run(kEcho, std::move(Params().int8(2))));
        return wait_until([&] { return probe.wait_for(0s) == std::future_status::ready; }, 50ms);
    }));
    EXPECT_EQ(pool->state().total, 2U);
    EXPECT_NE(slow.wait_for(0s), std::future_status::ready);
    // Its process would sleep on in PostgreSQL, where the next test looks for such.
    EXPECT_TRUE(run(pool->run(kKillOthers, {})));
    EXPECT_FALSE(finish(std::move(slow)));
    stop(*pool);
}

TEST_F(PoolTest, DeadlineStopsTheStatementInPostgres) {
    auto pool = make_pool({.min = 2, .max = 2});
    ASSERT_TRUE(run(pool->start()));
    const auto late = run(pool->run(kSleep, sleeping(60, 1), clock_.steady() + 40ms));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Errc::query_timeout);
    ASSERT_TRUE(wait_until([&] {
        const auto active = run(pool->run(kBackends, {}));
        return active && (*active)[0].integer(0) == 0;
    }));
    // The setting ended with the operation.
    const auto setting = run(pool->run(kTimeout, {}));
    ASSERT_TRUE(setting);
    EXPECT_EQ((*setting)[0].text(0), "25s");
    const auto limited = run(pool->run(kTimeout, {}, clock_.steady() + 10s));
    ASSERT_TRUE(limited);
    EXPECT_NE((*limited)[0].text(0), "25s");
    stop(*pool);
}

TEST_F(PoolTest, WhoLeavesIsReplacedByNobodyAndHisStatementIsStopped) {
    auto pool = make_pool({.min = 2, .max = 2});
    ASSERT_TRUE(run(pool->start()));
    base::asio::cancellation_signal leaving;
    std::promise<Result<Rows>> answered;
    auto future = answered.get_future();
    base::asio::co_spawn(
        io_, pool->run(kSleep, sleeping(60, 1)),
        base::asio::bind_cancellation_slot(leaving.slot(), [&](const std::exception_ptr&, Result<Rows> rows) {
            answered.set_value(std::move(rows));
        }));
    ASSERT_TRUE(wait_until([&] {
        const auto active = run(pool->run(kBackends, {}));
        return active && (*active)[0].integer(0) == 1;
    }));
    leaving.emit(base::asio::cancellation_type::terminal);
    const auto left = finish(std::move(future));
    ASSERT_FALSE(left);
    EXPECT_EQ(left.error().code, Errc::query_timeout);
    ASSERT_TRUE(wait_until([&] { return pool->state().active == 0; }));
    EXPECT_EQ(pool->counters().cancelled, 1U);
    EXPECT_EQ(pool->counters().broken, 0U);
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(echo(*pool, i), i);
    stop(*pool);
}

TEST_F(PoolTest, FailedTransactionCannotBeCommitted) {
    auto pool = make_pool({.min = 2, .max = 2});
    ASSERT_TRUE(run(pool->start()));
    auto transaction = run(begin_shared(*pool));
    ASSERT_TRUE(transaction);
    EXPECT_FALSE(run(transaction->run({"test.fault", "SELECT 1/0", {}, Access::write}, {})));
    EXPECT_FALSE(run(transaction->commit()));
    {
        const auto gone = std::move(*transaction);
    }
    ASSERT_TRUE(wait_until([&] { return pool->state().active == 0; }));
    EXPECT_EQ(pool->state().total, 2U);
    stop(*pool);
}

TEST_F(PoolTest, BrokenConnectionsAreReplacedInTheBackground) {
    auto pool = make_pool({.min = 3, .max = 4});
    ASSERT_TRUE(run(pool->start()));
    const auto killed = run(pool->run(kKillOthers, {}));
    ASSERT_TRUE(killed);
    EXPECT_EQ((*killed)[0].integer(0), 2);
    ASSERT_TRUE(wait_until([&] { return pool->counters().broken == 2 && pool->state().total == 3; }));
    EXPECT_EQ(pool->counters().opened, 5U);
    EXPECT_EQ(echo(*pool, 1), 1);
    stop(*pool);
}

TEST_F(PoolTest, RestartedServerIsFoundAgain) {
    auto pool = make_pool({.min = 2, .max = 4});
    ASSERT_TRUE(run(pool->start()));
    stop_server();
    const auto down = run(pool->run(kEcho, std::move(Params().int8(1))));
    ASSERT_FALSE(down);
    EXPECT_EQ(down.error().code, Errc::service_unavailable);
    ASSERT_TRUE(wait_until([&] { return pool->counters().open_failed >= 2; })) << "tries by itself";
    start_server();
    ASSERT_TRUE(wait_until([&] { return pool->state().total == 2; })) << "without a request";
    EXPECT_EQ(echo(*pool, 2), 2);
    stop(*pool);
}

TEST_F(PoolTest, WithoutNamedStatementsNothingIsLeftInTheSession) {
    auto pool = make_pool(
        {.connection = {.statement_timeout = 1234ms, .named_statements = false}, .min = 2, .max = 2});
    ASSERT_TRUE(run(pool->start()));
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(echo(*pool, i), i);
    const auto settings = run(pool->run(kTimeout, {}));
    ASSERT_TRUE(settings);
    EXPECT_EQ((*settings)[0].text(0), "1234ms");
    EXPECT_EQ((*settings)[0].text(1), "UTC");
    auto transaction = run(begin_shared(*pool));
    ASSERT_TRUE(transaction);
    EXPECT_TRUE(run(transaction->run(kEcho, std::move(Params().int8(1)))));
    const auto inside = run(transaction->run(kTimeout, {}));
    ASSERT_TRUE(inside);
    EXPECT_EQ((*inside)[0].text(0), "1234ms");
    EXPECT_TRUE(run(transaction->commit()));
    const auto left = run(pool->run(
        {"test.left", "SELECT count(*) FROM pg_prepared_statements WHERE name <> ''", {}, Access::read}, {}));
    ASSERT_TRUE(left);
    EXPECT_EQ((*left)[0].integer(0), 0);
    {
        const auto gone = std::move(*transaction);
    }
    stop(*pool);
}

TEST_F(PoolTest, ATransactionOfOneMomentSeesNothingNew) {
    for (const bool named : {true, false}) {
        auto pool = make_pool({.connection = {.named_statements = named}, .min = 2, .max = 2});
        ASSERT_TRUE(run(pool->start()));
        // New statements, so that they are parsed on this connection first.
        const Statement count{named ? "test.count_named" : "test.count_unnamed",
                              "SELECT count(*), current_setting('transaction_isolation') FROM pg_class",
                              {},
                              Access::read};
        auto transaction = run(begin_shared(*pool, Isolation::one_moment));
        ASSERT_TRUE(transaction);
        const auto before = run(transaction->run(count, {}));
        ASSERT_TRUE(before) << named;
        EXPECT_EQ((*before)[0].text(1), "repeatable read");
        const Statement make{named ? "test.make_named" : "test.make_unnamed",
                             named ? "CREATE TABLE made_named ()" : "CREATE TABLE made_unnamed ()",
                             {},
                             Access::write};
        ASSERT_TRUE(run(pool->run(make, {})));
        const auto after = run(transaction->run(count, {}));
        ASSERT_TRUE(after);
        EXPECT_EQ((*after)[0].integer(0), (*before)[0].integer(0));
        EXPECT_FALSE(run(transaction->run(make, {}))) << "it may only read";
        {
            const auto gone = std::move(*transaction);
        }
        stop(*pool);
    }
}

TEST(Sizing, OpensWhatIsMissingAndNeverMoreThanMax) {
    EXPECT_EQ(connections_to_open({.min = 3, .max = 5}), 3U);
    EXPECT_EQ(connections_to_open({.min = 3, .max = 5, .total = 1, .opening = 1}), 1U);
    EXPECT_EQ(connections_to_open({.min = 1, .max = 5, .total = 1, .waiting_shared = 9}), 1U);
    EXPECT_EQ(connections_to_open({.min = 1, .max = 5, .total = 1, .opening = 1, .waiting_shared = 9}), 0U);
    EXPECT_EQ(connections_to_open({.min = 1, .max = 5, .total = 2, .stuck = true}), 1U);
    EXPECT_EQ(connections_to_open({.min = 1, .max = 5, .waiting_owned = 1}), 2U)
        << "one stays for statements";
    EXPECT_EQ(connections_to_open({.min = 1, .max = 1, .waiting_owned = 1}), 1U);
    EXPECT_EQ(connections_to_open({.min = 1, .max = 5, .total = 3, .owned = 2, .waiting_owned = 9}), 2U);
    for (std::size_t total = 0; total <= 6; ++total) {
        for (std::size_t opening = 0; total + opening <= 6; ++opening) {
            const auto more = connections_to_open({.min = 2,
                                                   .max = 6,
                                                   .total = total,
                                                   .owned = total / 2,
                                                   .opening = opening,
                                                   .waiting_owned = 50,
                                                   .waiting_shared = 50,
                                                   .stuck = true});
            EXPECT_LE(total + opening + more, 6U);
        }
    }
}

TEST(Sizing, SharesAddUpAndEveryWorkerCanRunATransaction) {
    for (std::size_t max = 1; max <= 40; ++max) {
        for (std::size_t wanted = 1; wanted <= 64; ++wanted) {
            const std::size_t workers = workers_for(wanted, max);
            ASSERT_GE(workers, 1U);
            ASSERT_LE(workers, wanted);
            std::size_t sum = 0;
            for (std::size_t i = 0; i < workers; ++i) {
                const std::size_t share = share_of_worker(max, workers, i);
                ASSERT_GE(share, std::min(max, kConnectionsPerWorkerMin));
                sum += share;
            }
            ASSERT_EQ(sum, max);
        }
    }
}

TEST(Sizing, PausesGrowAndStayShort) {
    EXPECT_EQ(pause_after(0), 0ms);
    EXPECT_EQ(pause_after(1), 50ms);
    EXPECT_EQ(pause_after(2), 100ms);
    EXPECT_EQ(pause_after(4), 400ms);
    EXPECT_EQ(pause_after(1000), 500ms);
}

TEST(ConninfoTest, CertificatesAreCheckedUnlessTheServerIsLocalOrTheOperatorSaysOtherwise) {
    const auto mode = [](const std::string& written) { return Conninfo(written).fallback("sslmode"); };
    EXPECT_EQ(mode("postgresql://u:p@db.example/x"), "verify-full");
    EXPECT_EQ(mode("host=10.0.0.7 dbname=x"), "verify-full");
    EXPECT_EQ(mode("postgresql://a@localhost,db.example/x"), "verify-full");
    EXPECT_EQ(mode("host=localhost hostaddr=10.0.0.7"), "verify-full");
    for (const auto* local : {"postgresql:///x", "postgresql://u@/x?host=/run/postgresql", "host=localhost",
                              "host=127.0.0.1", "host=::1", "host=/a,/b"})
        EXPECT_EQ(mode(local), "") << local;
    EXPECT_EQ(mode("postgresql://db.example/x?sslmode=disable"), "");
    EXPECT_EQ(mode("service=mine host=db.example"), "");
    EXPECT_NE(Conninfo("host=db.example").fallback("sslrootcert"), "");
    EXPECT_NE(Conninfo("host=db.example sslmode=verify-ca").fallback("sslrootcert"), "");
    EXPECT_EQ(Conninfo("host=db.example sslmode=require").fallback("sslrootcert"), "")
        << "with authorities libpq would check them";
    EXPECT_EQ(Conninfo("host=db.example sslrootcert=/mine").fallback("sslrootcert"), "");
    EXPECT_EQ(Conninfo("host=db.example").fallback("keepalives_idle"), "30");
    EXPECT_EQ(Conninfo("host=x").values().back(), nullptr);
    EXPECT_EQ(Conninfo("host=x").keywords().size(), Conninfo("host=x").values().size());
}

}  // namespace
}  // namespace postgres

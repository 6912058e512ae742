// Runs a query of the catalogue, tells how PostgreSQL answered it, and which index would make it cheaper. An
// analysis has a connection of its own, sets what no other may inherit, and leaves nothing behind.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/account.hpp"
#include "analyzer/candidates.hpp"
#include "analyzer/catalogue.hpp"
#include "base/clock.hpp"
#include "base/task.hpp"
#include "postgres/connection.hpp"

namespace analyzer {

struct Options {
    std::string conninfo;  ///< of the service
    /// Of a superuser, where there is one: imagines indexes although nobody has installed what is needed for
    /// it. Empty: hypopg is used when it is there.
    std::string superuser = {};
    std::string role = {};  ///< that a superuser's session works as
};

/// An index that is worth having.
struct Recommendation {
    std::string message;
    std::string ddl;
    double cost_before = 0;            ///< planner's units, of the whole query
    std::optional<double> cost_after;  ///< nothing: it was not estimated
};

struct Analysis {
    std::string query;
    std::string sql;  ///< with `$n`
    std::string plan_json;
    Plan plan;
    std::vector<Recommendation> recommendations;
};

/// Of one worker, or of a command: for the thread of its loop.
class Analyzer {
public:
    /// `catalogue` outlives this.
    Analyzer(base::asio::io_context& io, Options options, const Catalogue& catalogue, const base::Clock& clock)
        : io_(io), options_(std::move(options)), catalogue_(catalogue), clock_(clock) {}

    [[nodiscard]] const Catalogue& catalogue() const { return catalogue_; }

    /// `user`: whose library; without one it is the largest. `given`: parameters by name, checked by
    /// `check_arguments`. Takes 30 s at most. Errors: user_not_found, query_timeout, service_unavailable (also
    /// while as many analyses run as may).
    base::Task<base::Result<Analysis>> analyze(const Query& query, std::optional<base::Uuid> user,
                                               boost::json::object given);

private:
    struct Session;

    base::Task<base::Result<void>> open(Session& session, const std::string& conninfo);
    base::Task<base::Result<void>> begin_as_superuser(Session& session);
    base::Task<base::Result<void>> begin(Session& session);
    base::Task<base::Result<Account>> read_account(Session& session, std::optional<base::Uuid> user);
    base::Task<base::Result<void>> read_samples(Session& session, Account& account);
    base::Task<base::Result<Tables>> read_tables(Session& session);
    base::Task<base::Result<Analysis>> run(Session& session, const Query& query,
                                           std::optional<base::Uuid> user, const boost::json::object& given);
    base::Task<base::Result<std::vector<Recommendation>>> recommend(Session& session, const Query& query,
                                                                    const Plan& plan,
                                                                    const postgres::Command& command);
    base::Task<base::Result<std::optional<Recommendation>>> try_out(Session& session, const Need& need,
                                                                    double cost_before,
                                                                    const postgres::Command& command);

    base::asio::io_context& io_;
    Options options_;
    const Catalogue& catalogue_;
    const base::Clock& clock_;
    int running_ = 0;
};

}  // namespace analyzer

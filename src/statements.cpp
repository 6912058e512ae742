#include "statements.hpp"

#include <array>
#include <span>

#include "accounts/accounts_sql.hpp"
#include "accounts/api_tokens_sql.hpp"
#include "analyzer/analyzer_sql.hpp"
#include "backup/backups_sql.hpp"
#include "base/json_writer.hpp"
#include "bookmarks/bookmarks_sql.hpp"
#include "bookmarks/tags_sql.hpp"
#include "cache/library_sql.hpp"
#include "categories/categories_sql.hpp"
#include "changes/changes_sql.hpp"
#include "idempotency/keys_sql.hpp"
#include "jobs/jobs_sql.hpp"
#include "performance/performance_sql.hpp"
#include "resident/resident_sql.hpp"
#include "search/history_sql.hpp"
#include "search/saved_searches_sql.hpp"
#include "stats/stats_sql.hpp"
#include "suggest/suggest_sql.hpp"
#include "syncing/sync_sql.hpp"
#include "transfer/export_sql.hpp"
#include "transfer/transfer_sql.hpp"
#include "x/account_sql.hpp"

namespace app {

std::vector<const postgres::Statement*> all_statements() {
    using Statements = std::span<const postgres::Statement* const>;
    const std::array<Statements, 21> features{accounts::sql::all(),
                                              accounts::sql::all_of_api_tokens(),
                                              bookmarks::sql::all(),
                                              bookmarks::sql::all_of_tags(),
                                              cache::sql::all(),
                                              categories::sql::all(),
                                              changes::sql::all(),
                                              idempotency::sql::all(),
                                              resident::sql::all(),
                                              search::sql::all_of_history(),
                                              search::sql::all_of_saved(),
                                              stats::sql::all(),
                                              suggest::sql::all(),
                                              transfer::sql::export_statements(),
                                              transfer::sql::all(),
                                              jobs::sql::all(),
                                              x::sql::all(),
                                              syncing::sql::all(),
                                              performance::sql::all(),
                                              backup::sql::all(),
                                              analyzer::sql::all()};
    std::vector<const postgres::Statement*> out;
    for (const Statements statements : features)
        out.insert(out.end(), statements.begin(), statements.end());
    return out;
}

std::string print_statements() {
    std::string out;
    base::JsonWriter json(out);
    json.begin_array();
    for (const postgres::Statement* statement : all_statements()) {
        json.begin_object().member("name", statement->name);
        json.member("access", statement->access == postgres::Access::read ? "read" : "write");
        json.member("sql", statement->sql).end_object();
    }
    json.end_array();
    return out;
}

}  // namespace app

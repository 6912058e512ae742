#include "bookmarks/statistics.hpp"

#include <string_view>

#include "bookmarks/bookmarks_sql.hpp"

namespace bookmarks {

base::Task<void> count_uncounted(postgres::Pool& database) {
    const auto tables = co_await database.run(sql::kSelectUncounted, {});
    if (!tables) co_return;
    for (std::size_t i = 0; i < tables->size(); ++i) {
        const std::string_view name = (*tables)[i].text(0);
        const postgres::Statement& statement =
            name == "bookmarks" ? sql::kAnalyzeBookmarks : sql::kAnalyzeXBookmarks;
        static_cast<void>(co_await database.run(statement, {}));
    }
}

}  // namespace bookmarks

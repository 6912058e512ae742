// What an export reads: everything of one moment, bookmarks in pieces.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "bookmarks/bookmarks.hpp"
#include "postgres/pool.hpp"
#include "transfer/blocking.hpp"
#include "transfer/export_options.hpp"

namespace transfer {

/// One transaction in which nothing changes. For one thread, which is not the loop's.
class ExportSnapshot {
public:
    /// Errors: service_unavailable (no connection, or the loop is being stopped).
    [[nodiscard]] static base::Result<std::unique_ptr<ExportSnapshot>> open(const Loop& loop,
                                                                            postgres::Pool& database);
    ExportSnapshot(const ExportSnapshot&) = delete;
    ExportSnapshot& operator=(const ExportSnapshot&) = delete;
    ~ExportSnapshot();

    [[nodiscard]] base::Result<postgres::Rows> read(const postgres::Statement& statement,
                                                    postgres::Params params);
    /// How many bookmarks the filter lets through.
    [[nodiscard]] base::Result<std::int64_t> count(base::UserId user, const ExportFilter& filter);

    /// The part of the filtered bookmarks in one folder.
    struct Folder {
        std::optional<base::Uuid> category;  ///< nothing: those without one
    };
    using Take = std::function<base::Result<void>(const bookmarks::Bookmark& bookmark)>;
    /// Hands over bookmarks, newest first, reading ahead; `between` after each piece of them. An error of
    /// either ends it.
    [[nodiscard]] base::Result<void> each(base::UserId user, const ExportFilter& filter,
                                          const std::optional<Folder>& folder, const Take& take,
                                          const std::function<base::Result<void>()>& between);

private:
    using TransactionPointer = std::shared_ptr<postgres::Transaction>;
    ExportSnapshot(const Loop& loop, TransactionPointer transaction);

    Loop loop_;
    TransactionPointer transaction_;
};

}  // namespace transfer

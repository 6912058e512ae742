// Brings a library from PostgreSQL into memory, and one in memory to the present.
#pragma once

#include "base/task.hpp"
#include "postgres/pool.hpp"
#include "resident/library.hpp"

#include <boost/asio/thread_pool.hpp>

namespace resident {

/// Null: it takes more than `budget_bytes`. Folding runs on `cpu`, while PostgreSQL sends the next rows.
[[nodiscard]] base::Task<base::Result<LibraryPointer>> load(postgres::Pool& database,
                                                            base::asio::thread_pool& cpu, base::UserId user,
                                                            std::size_t budget_bytes);

/// Null: too much has changed, or what is read does not fit together; it has to be loaded again.
[[nodiscard]] base::Task<base::Result<LibraryPointer>> read_changes(postgres::Pool& database,
                                                                    base::asio::thread_pool& cpu,
                                                                    base::UserId user,
                                                                    LibraryPointer library);

}  // namespace resident

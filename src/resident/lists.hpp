// Lists and searches answered from memory: decides between the resident library and PostgreSQL, reads the
// rows of the page, and makes sure that what is told is what PostgreSQL would tell at a moment of the call.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "bookmarks/bookmarks.hpp"
#include "cache/versions.hpp"
#include "resident/residents.hpp"

namespace resident {

/// One per worker. All arguments must outlive it.
class Lists final : public bookmarks::Shortcut {
public:
    Lists(boost::asio::io_context& io, postgres::Pool& database, Residents& residents,
          boost::asio::thread_pool& cpu, const cache::Versions& versions, const base::Clock& clock)
        : io_(io),
          database_(database),
          residents_(residents),
          cpu_(cpu),
          versions_(versions),
          clock_(clock) {}

    /// Nothing while the library is not in memory: then its load begins, and PostgreSQL has to answer.
    base::Task<std::optional<bookmarks::Listed>> list(
        base::UserId user, const bookmarks::Filter& filter, const bookmarks::Page& page,
        const std::optional<bookmarks::Cursor>& cursor) override;

private:
    base::Task<std::optional<bookmarks::Listed>> list_from(LibraryPointer library, base::UserId user,
                                                           const bookmarks::Filter& filter,
                                                           const bookmarks::Page& page,
                                                           const std::optional<bookmarks::Cursor>& cursor);
    /// The library as it is now; null: it is not in memory any more, or PostgreSQL does not answer.
    base::Task<LibraryPointer> update(base::UserId user, LibraryPointer library);
    void begin_load(base::UserId user);
    base::Task<void> load_library(base::UserId user);

    boost::asio::io_context& io_;
    postgres::Pool& database_;
    Residents& residents_;
    boost::asio::thread_pool& cpu_;
    const cache::Versions& versions_;
    const base::Clock& clock_;
};

}  // namespace resident

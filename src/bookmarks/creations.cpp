#include "bookmarks/creations.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <string>
#include <typeinfo>

#include "base/log.hpp"
#include "base/usage.hpp"
#include "bookmarks/bookmarks.hpp"
#include "bookmarks/bookmarks_sql.hpp"
#include "bookmarks/search_document.hpp"
#include "categories/categories_sql.hpp"

namespace bookmarks {

namespace asio = base::asio;
using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using postgres::Commands;
using postgres::Params;

struct Creations::Creation {
    Draft draft;
    std::optional<base::Uuid> category;
    asio::steady_timer settled;
    postgres::Also<Found> also = {};
    std::optional<Result<Found>> outcome = {};
};

struct Creations::Line {
    std::deque<std::shared_ptr<Creation>> waiting;
};

namespace {

using Existing = std::unordered_map<std::string, base::Uuid>;  // post → bookmark

base::Error already_exists(const base::Uuid& id) {
    return {Errc::bookmark_already_exists,
            "This post is bookmarked already",
            {},
            "\"existingId\":\"" + base::to_string(id) + '"'};
}

Existing read_existing(const postgres::Rows& rows) {
    Existing out;
    for (std::size_t i = 0; i < rows.size(); ++i)
        out.emplace(rows[i].text(1), rows[i].uuid(0));
    return out;
}

Bookmark make_bookmark(Draft draft, std::optional<base::Uuid> category, base::Time now, std::int64_t order) {
    Bookmark out;
    out.id = {base::make_uuid(now)};
    out.draft = std::move(draft);
    out.draft.bookmarked_at = out.draft.bookmarked_at.value_or(now);
    out.category_id = category;
    out.sync_order = order;
    out.created_at = out.updated_at = now;
    return out;
}

}  // namespace

Task<Result<Found>> Creations::create(base::UserId user, Draft draft, std::optional<base::Uuid> category,
                                      postgres::Also<Found> also) {
    const auto executor = co_await asio::this_coro::executor;
    complete(draft);
    const auto creation = std::make_shared<Creation>(
        Creation{std::move(draft), category,
                 asio::steady_timer(executor, asio::steady_timer::time_point::max()), std::move(also)});
    if (creation->also) {
        const Batch alone{creation};
        co_await settle(user, alone);
        co_return std::move(*creation->outcome);
    }
    const auto [place, is_new] = lines_.try_emplace(user.uuid);
    if (is_new) place->second = std::make_shared<Line>();
    const std::shared_ptr<Line> line = place->second;
    if (line->waiting.size() >= kWaitingMax)
        co_return fail(Errc::service_unavailable, "Too many bookmarks are being created for this account");
    line->waiting.push_back(creation);
    if (is_new) asio::co_spawn(executor, serve(user, line), asio::detached);
    const auto usage = base::current_usage();
    // A client that leaves wakes this up as well; whether the bookmark is written must be known all the same.
    while (!creation->outcome)
        co_await creation->settled.async_wait(asio::as_tuple(asio::use_awaitable));
    base::current_usage() = usage;
    co_return std::move(*creation->outcome);
}

Creations::Batch Creations::take_batch(Line& line) {
    const std::size_t count = std::min(line.waiting.size(), kBatchMax);
    const auto end = line.waiting.begin() + static_cast<std::ptrdiff_t>(count);
    Batch batch(std::make_move_iterator(line.waiting.begin()), std::make_move_iterator(end));
    line.waiting.erase(line.waiting.begin(), end);
    return batch;
}

Task<void> Creations::serve(base::UserId user, std::shared_ptr<Line> line) {
    while (!line->waiting.empty()) {
        const Batch batch = take_batch(*line);
        try {
            co_await settle(user, batch);
        } catch (const std::exception& e) {
            base::log::error("exception in a creation", {{"type", typeid(e).name()}});
        }
        for (const auto& creation : batch) {
            if (!creation->outcome)
                creation->outcome = fail(Errc::internal_error, "Something unexpected happened");
            creation->settled.cancel();
        }
    }
    lines_.erase(user.uuid);
}

Task<void> Creations::settle(base::UserId user, const Batch& batch) {
    const auto written = co_await write(user, batch);
    if (written) co_return;
    // A row that PostgreSQL refuses must not take the others with it.
    const bool one_by_one = batch.size() > 1 && written.error().code == Errc::internal_error;
    for (const auto& creation : batch) {
        creation->outcome.reset();
        base::Error error = written.error();
        if (one_by_one) {
            const auto alone = co_await write(user, {creation});
            if (alone) continue;
            error = alone.error();
        }
        creation->outcome = std::unexpected(std::move(error));
    }
}

// Sets the outcome of each. An error: none was written, or that is not known.
Task<Result<void>> Creations::write(base::UserId user, const Batch& batch) {
    auto tx = co_await database_.begin();
    if (!tx) co_return std::unexpected(tx.error());
    std::vector<std::string> posts;
    for (const auto& creation : batch)
        posts.push_back(creation->draft.x_tweet_id);
    Commands commands;
    commands.push_back({sql::kLockLibrary, std::move(Params().uuid(user.uuid)), {}});
    commands.push_back({categories::sql::kSelectAll, std::move(Params().uuid(user.uuid)), {}});
    commands.push_back({sql::kSelectIdsByPosts, std::move(Params().uuid(user.uuid).text_array(posts)), {}});
    auto results = co_await tx->run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    if ((*results)[0].empty()) co_return fail(Errc::user_not_found, "This account does not exist any more");
    const postgres::Row library = (*results)[0][0];
    const std::int64_t version = library.integer(0);
    categories::Snapshot categories = categories::sql::read_snapshot((*results)[1]);
    Existing existing = read_existing((*results)[2]);

    const base::Time now = clock_.now();
    std::vector<Bookmark> rows;
    Batch written;                     // parallel
    std::vector<std::string> created;  // likewise, their posts
    for (const auto& creation : batch) {
        const std::string& post = creation->draft.x_tweet_id;
        if (creation->category && categories.find(*creation->category) == nullptr) {
            creation->outcome = fail(Errc::category_not_found, "The category does not exist");
        } else if (const auto found = existing.find(post); found != existing.end()) {
            creation->outcome = std::unexpected(already_exists(found->second));
        } else {
            const auto order = now.time_since_epoch().count() + static_cast<std::int64_t>(rows.size());
            rows.push_back(make_bookmark(creation->draft, creation->category, now, order));
            existing.emplace(post, rows.back().id.uuid);
            created.push_back(post);
            written.push_back(creation);
        }
    }
    if (rows.empty()) co_return Result<void>{};
    const auto count = static_cast<std::int64_t>(rows.size());
    Commands write;
    write.push_back(sql::insert_rows(user, version, lexeme_prefix(library.integer(1)), rows));
    write.push_back({sql::kForgetDeleted, std::move(Params().uuid(user.uuid).text_array(created)), {}});
    categories.library_version = version + count;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (written[i]->also) written[i]->also(Found{rows[i], categories}, write);
    const auto committed = co_await announcer_.commit(*tx, std::move(write), user, {.count = count});
    if (!committed) co_return std::unexpected(committed.error());
    categories.library_version = committed->version;
    for (std::size_t i = 0; i < rows.size(); ++i)
        written[i]->outcome = Found{std::move(rows[i]), categories};
    co_return Result<void>{};
}

}  // namespace bookmarks

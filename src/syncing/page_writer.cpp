#include "syncing/page_writer.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unordered_map>
#include <unordered_set>

#include "base/json_writer.hpp"
#include "bookmarks/bookmarks_sql.hpp"
#include "bookmarks/search_document.hpp"
#include "syncing/sync_sql.hpp"
#include "x/account.hpp"

namespace syncing {
namespace {

using base::Result;
using base::Task;
using bookmarks::Bookmark;
using postgres::Commands;
using postgres::Params;

constexpr std::string_view kEndpoint = "bookmarks";

/// What the library knows of the posts of a page, read under its lock.
struct Locked {
    std::int64_t version = 0;
    std::unordered_map<std::string, Bookmark> rows;
    std::unordered_set<std::string> deleted;
    struct Position {
        std::int64_t number = 0;
        base::Uuid run;
        bool is_settled = false;  ///< everything below it has been seen, by a run that was completed
    };
    std::unordered_map<std::string, Position> positions;
    RowContext context;
};

std::vector<std::string> ids_of(const x::Page& page) {
    std::vector<std::string> ids;
    for (const x::Post& post : page.posts)
        if (std::ranges::find(ids, post.draft.x_tweet_id) == ids.end()) ids.push_back(post.draft.x_tweet_id);
    return ids;
}

std::vector<std::string> problem_ids_of(const x::Page& page) {
    std::vector<std::string> ids;
    for (const x::Problem& problem : page.problems)
        ids.push_back(problem.post_id);
    return ids;
}

/// Order numbers of a run: those of its start, downwards.
std::int64_t first_position(const jobs::Claim& job) {
    return job.created_at.time_since_epoch().count();
}

class PageWork {
public:
    PageWork(const jobs::Run& run, const base::Clock& clock, Checkpoint checkpoint, const PageOrder& order)
        : run_(run),
          job_(run.job()),
          clock_(clock),
          checkpoint_(std::move(checkpoint)),
          order_(order),
          page_(order.answer.page),
          ids_(ids_of(order.answer.page)) {}

    Task<Result<PageWritten>> write(postgres::Pool& database, cache::Announcer& announcer) {
        auto tx = co_await database.begin();
        if (!tx) co_return std::unexpected(tx.error());
        if (auto locked = co_await lock(*tx); !locked) co_return std::unexpected(locked.error());
        std::int64_t unseen = 0;
        if (const auto lowest = lowest_if_all_known()) {
            const auto counted = co_await tx->run(
                sql::kCountBetween,
                std::move(Params().uuid(job_.user.uuid).uuid(job_.id.uuid).int8(*lowest).int8(INT64_MAX)));
            if (!counted) co_return std::unexpected(counted.error());
            unseen = (*counted)[0].integer(0);
        }
        const bool all_known = lowest_if_all_known().has_value();
        // Behind a page with a gap one more is read, and that is enough.
        const bool may_end = all_known && (checkpoint_.known_pages > 0 || may_stop(known(), unseen));
        checkpoint_.known_pages = all_known ? checkpoint_.known_pages + 1 : 0;
        Commands commands;
        std::int64_t version = locked_.version;
        const bool writes = add_rows(commands, version);
        add_positions(commands);
        add_spend(commands);
        add_evidence(commands);
        advance();
        const bool is_last = may_end || !checkpoint_.cursor;
        if (is_last)
            if (auto ended = co_await end_run(*tx, commands); !ended)
                co_return std::unexpected(ended.error());
        run_.checkpoint(commands, write_checkpoint(checkpoint_), progress_of(checkpoint_, "syncing"));
        if (writes) {
            const auto done =
                co_await announcer.commit(*tx, std::move(commands), job_.user, {version - locked_.version});
            if (!done) co_return std::unexpected(done.error());
        } else if (const auto done = co_await tx->commit(std::move(commands)); !done) {
            co_return std::unexpected(done.error());
        }
        co_return PageWritten{
            .checkpoint = std::move(checkpoint_), .is_last = is_last, .context = locked_.context};
    }

    Task<Result<Checkpoint>> write_audit(postgres::Pool& database, cache::Announcer& announcer,
                                         std::vector<std::string> asked) {
        auto tx = co_await database.begin();
        if (!tx) co_return std::unexpected(tx.error());
        if (auto locked = co_await lock(*tx); !locked) co_return std::unexpected(locked.error());
        // A post that is not in the library any more was removed while X was asked.
        for (const std::string& id : ids_)
            if (!locked_.rows.contains(id)) locked_.deleted.insert(id);
        Commands commands;
        std::int64_t version = locked_.version;
        const bool writes = add_rows(commands, version);
        add_spend(commands, "posts");
        add_evidence(commands);
        commands.push_back({sql::kSaveAudit,
                            std::move(Params().uuid(job_.user.uuid).text_array(asked).time(clock_.now())),
                            {}});
        checkpoint_.is_audited = true;
        run_.checkpoint(commands, write_checkpoint(checkpoint_), progress_of(checkpoint_, "checking"));
        if (writes) {
            const auto done =
                co_await announcer.commit(*tx, std::move(commands), job_.user, {version - locked_.version});
            if (!done) co_return std::unexpected(done.error());
        } else if (const auto done = co_await tx->commit(std::move(commands)); !done) {
            co_return std::unexpected(done.error());
        }
        co_return std::move(checkpoint_);
    }

private:
    /// What the last page of a run means, in its transaction: whoever goes on behind it has only to say so.
    Task<Result<void>> end_run(postgres::Transaction& tx, Commands& commands) {
        checkpoint_.is_complete = true;
        if (order_.full) {
            // The positions of this page are among the commands.
            add_unbookmarked(commands);
            const auto results = co_await tx.run(std::exchange(commands, {}));
            if (!results) co_return std::unexpected(results.error());
            checkpoint_.unbookmarked = results->back().affected();
        }
        x::Accounts::add_synced(job_.user, clock_.now(), commands);
        commands.push_back(
            {sql::kSaveHead, std::move(Params().uuid(job_.user.uuid).int8(first_position(job_))), {}});
        co_return Result<void>{};
    }

    Task<Result<void>> lock(postgres::Transaction& tx) {
        std::vector<std::string> all = ids_;
        for (std::string& id : problem_ids_of(page_))
            all.push_back(std::move(id));
        const base::Uuid user = job_.user.uuid;
        Commands commands;
        commands.push_back({bookmarks::sql::kLockLibrary, std::move(Params().uuid(user)), {}});
        commands.push_back(
            {bookmarks::sql::kSelectByPosts, std::move(Params().uuid(user).text_array(all)), {}});
        commands.push_back({sql::kSelectDeleted, std::move(Params().uuid(user).text_array(ids_)), {}});
        commands.push_back({sql::kSelectPositions, std::move(Params().uuid(user).text_array(ids_)), {}});
        commands.push_back({sql::kSelectDefaultCategory, std::move(Params().uuid(user)), {}});
        using namespace base::asio::experimental::awaitable_operators;
        // SAFETY: the transaction and this object outlive both, which end here.
        const auto results = co_await (tx.run(std::move(commands)) && prepare_rows());
        if (!results) co_return std::unexpected(results.error());
        const auto& all_results = *results;
        if (all_results[0].empty())
            co_return base::fail(base::Errc::user_not_found, "The account does not exist any more");
        locked_.version = all_results[0][0].integer(0);
        locked_.context.search_code = all_results[0][0].integer(1);
        for (std::size_t i = 0; i < all_results[1].size(); ++i) {
            Bookmark row = bookmarks::sql::read_bookmark(all_results[1][i]);
            std::string id = row.draft.x_tweet_id;
            locked_.rows.emplace(std::move(id), std::move(row));
        }
        for (std::size_t i = 0; i < all_results[2].size(); ++i)
            locked_.deleted.emplace(all_results[2][i].text(0));
        for (std::size_t i = 0; i < all_results[3].size(); ++i)
            locked_.positions.emplace(
                all_results[3][i].text(0),
                Locked::Position{all_results[3][i].integer(1), all_results[3][i].uuid(2),
                                 all_results[3][i].boolean(3)});
        if (!all_results[4].empty()) locked_.context.category = all_results[4][0].maybe_uuid(0);
        co_return Result<void>{};
    }

    /// Makes rows of all posts while PostgreSQL is at work, if it is known what else goes into them.
    Task<void> prepare_rows() {
        if (!order_.expected) co_return;
        // First what was asked for is sent.
        co_await base::asio::post(co_await base::asio::this_coro::executor, base::asio::use_awaitable);
        const std::string prefix = bookmarks::lexeme_prefix(order_.expected->search_code);
        prepared_.emplace();
        for (std::size_t i = 0; i < page_.posts.size(); ++i)
            prepared_->add(make_row(page_.posts[i], place_of(i), order_.expected->category), prefix);
    }

    /// The page is as it was prepared: nothing of it is known, deleted or there twice.
    [[nodiscard]] bool holds_as_prepared() const {
        return prepared_ && *order_.expected == locked_.context && ids_.size() == page_.posts.size() &&
               locked_.deleted.empty() && std::ranges::none_of(ids_, [this](const std::string& id) {
                   return locked_.rows.contains(id);
               });
    }

    [[nodiscard]] std::int64_t place_of(std::size_t i) const {
        return checkpoint_.fetched + static_cast<std::int64_t>(i);
    }

    [[nodiscard]] std::vector<Known> known() const {
        std::vector<Known> out;
        for (const std::string& id : ids_) {
            const auto found = locked_.positions.find(id);
            out.push_back({.post_id = id,
                           .position = found == locked_.positions.end()
                                           ? std::nullopt
                                           : std::optional(found->second.number)});
        }
        return out;
    }

    [[nodiscard]] std::optional<std::int64_t> lowest_if_all_known() const {
        if (order_.full || ids_.empty() || locked_.positions.size() < ids_.size()) return {};
        std::int64_t lowest = INT64_MAX;
        for (const auto& [id, position] : locked_.positions) {
            if (!position.is_settled) return {};
            lowest = std::min(lowest, position.number);
        }
        return lowest;
    }

    Bookmark make_row(const x::Post& post, std::int64_t place,
                      const std::optional<base::Uuid>& category) const {
        Bookmark row;
        row.draft = post.draft;
        bookmarks::complete(row.draft);
        row.draft.bookmarked_at = job_.created_at;
        row.draft.bookmarked_at_source = bookmarks::BookmarkedAtSource::first_seen;
        row.sync_order = first_position(job_) - place;
        row.created_at = clock_.now();
        row.updated_at = row.created_at;
        row.id = {base::make_uuid(row.created_at)};
        row.category_id = category;
        return row;
    }

    bool add_prepared(Commands& commands, std::int64_t& version) {
        const auto count = static_cast<std::int64_t>(page_.posts.size());
        std::vector<Bookmark> changed;
        add_statuses(changed);
        checkpoint_.added += count;
        if (count > 0) commands.push_back(prepared_->insert(job_.user, version));
        version += count;
        add_changed(commands, version, changed);
        return count > 0 || !changed.empty();
    }

    /// Whether anything of the library changes; `version` becomes the last number that is taken.
    bool add_rows(Commands& commands, std::int64_t& version) {
        if (holds_as_prepared()) return add_prepared(commands, version);
        std::vector<Bookmark> inserted;
        std::vector<Bookmark> changed;
        std::unordered_set<std::string> seen;
        for (std::size_t i = 0; i < page_.posts.size(); ++i) {
            const x::Post& post = page_.posts[i];
            const std::string& id = post.draft.x_tweet_id;
            if (!seen.insert(id).second || locked_.deleted.contains(id)) continue;
            const auto found = locked_.rows.find(id);
            if (found == locked_.rows.end()) {
                inserted.push_back(make_row(post, place_of(i), locked_.context.category));
            } else if (refresh(found->second.draft, post.draft)) {
                changed.push_back(found->second);
            } else {
                ++checkpoint_.unchanged;
            }
        }
        checkpoint_.added += static_cast<std::int64_t>(inserted.size());
        checkpoint_.updated += static_cast<std::int64_t>(changed.size());
        add_statuses(changed);
        const std::string prefix = bookmarks::lexeme_prefix(locked_.context.search_code);
        if (!inserted.empty()) {
            commands.push_back(bookmarks::sql::insert_rows(job_.user, version, prefix, inserted));
            version += static_cast<std::int64_t>(inserted.size());
        }
        add_changed(commands, version, changed);
        return !inserted.empty() || !changed.empty();
    }

    void add_changed(Commands& commands, std::int64_t& version, const std::vector<Bookmark>& changed) const {
        if (changed.empty()) return;
        const std::string prefix = bookmarks::lexeme_prefix(locked_.context.search_code);
        commands.push_back(bookmarks::sql::update_rows(job_.user, version, prefix, changed, clock_.now()));
        version += static_cast<std::int64_t>(changed.size());
    }

    /// Bookmarks of which X says that they are gone.
    void add_statuses(std::vector<Bookmark>& changed) const {
        for (const x::Problem& problem : page_.problems) {
            const auto found = locked_.rows.find(problem.post_id);
            if (found == locked_.rows.end() || std::ranges::find(ids_, problem.post_id) != ids_.end())
                continue;
            if (found->second.draft.post_status == problem.status) continue;
            Bookmark row = found->second;
            row.draft.post_status = problem.status;
            changed.push_back(std::move(row));
        }
    }

    void add_positions(Commands& commands) {
        std::vector<std::string> ids;
        std::vector<std::int64_t> positions;
        for (std::size_t i = 0; i < page_.posts.size(); ++i) {
            const std::string& id = page_.posts[i].draft.x_tweet_id;
            if (std::ranges::find(ids, id) != ids.end()) continue;
            ids.push_back(id);
            positions.push_back(first_position(job_) - checkpoint_.fetched - static_cast<std::int64_t>(i));
            const auto known = locked_.positions.find(id);
            if (known == locked_.positions.end() || known->second.run == job_.id.uuid) continue;
            // The last one, not the lowest: one that was bookmarked again stands above where it stood.
            checkpoint_.lowest_known = known->second.number;
        }
        if (ids.empty()) return;
        commands.push_back(
            {sql::kSavePositions,
             std::move(
                 Params().uuid(job_.user.uuid).uuid(job_.id.uuid).text_array(ids).int8_array(positions)),
             {}});
    }

    void add_spend(Commands& commands, std::string_view endpoint = kEndpoint) {
        const auto without_id = page_.resources - static_cast<std::int64_t>(page_.posts.size());
        Params params;
        params.uuid(job_.user.uuid).uuid(base::make_uuid(clock_.now())).time(clock_.now()).text(endpoint);
        params.int4(order_.answer.status).int8(page_.resources).text_array(ids_);
        params.int8(std::max<std::int64_t>(without_id, 0)).int8(order_.unit_price);
        commands.push_back({sql::kAddSpend, std::move(params), {}});
        ++checkpoint_.requests;
    }

    void add_evidence(Commands& commands) const {
        std::vector<std::string> gone;
        std::vector<std::string> statuses;
        std::vector<std::string> there;
        for (const x::Problem& problem : page_.problems) {
            if (!locked_.rows.contains(problem.post_id)) continue;
            gone.push_back(problem.post_id);
            statuses.emplace_back(bookmarks::to_string(problem.status));
        }
        for (const x::Post& post : page_.posts) {
            if (post.draft.post_status == bookmarks::PostStatus::available) {
                there.push_back(post.draft.x_tweet_id);
            } else {
                gone.push_back(post.draft.x_tweet_id);
                statuses.emplace_back(bookmarks::to_string(post.draft.post_status));
            }
        }
        const base::Uuid user = job_.user.uuid;
        if (!there.empty())
            commands.push_back({sql::kForgetEvidence, std::move(Params().uuid(user).text_array(there)), {}});
        if (!gone.empty())
            commands.push_back(
                {sql::kAddEvidence,
                 std::move(Params().uuid(user).text_array(gone).text_array(statuses).text("x-api").time(
                     clock_.now())),
                 {}});
    }

    void advance() {
        checkpoint_.fetched += static_cast<std::int64_t>(page_.posts.size());
        ++checkpoint_.pages;
        checkpoint_.cursor = page_.next_token;
        checkpoint_.limited = 0;
        checkpoint_.unavailable = 0;
    }

    // Absence is not deletion: only what is newer than the oldest post that this run and an earlier one both
    // saw.
    void add_unbookmarked(Commands& commands) {
        commands.push_back({sql::kMarkUnbookmarked,
                            std::move(Params()
                                          .uuid(job_.user.uuid)
                                          .uuid(job_.id.uuid)
                                          .int8(checkpoint_.lowest_known.value_or(INT64_MAX))
                                          .time(clock_.now())),
                            {}});
    }

    const jobs::Run& run_;
    const jobs::Claim& job_;
    const base::Clock& clock_;
    Checkpoint checkpoint_;
    const PageOrder& order_;
    const x::Page& page_;
    std::vector<std::string> ids_;
    Locked locked_;
    std::optional<bookmarks::sql::RowBatch> prepared_;
};

}  // namespace

// SAFETY: `order` and the work that refers to it live in this frame.
Task<Result<PageWritten>> write_page(postgres::Pool& database, cache::Announcer& announcer,
                                     const base::Clock& clock, const jobs::Run& run, Checkpoint checkpoint,
                                     PageOrder order) {
    PageWork work(run, clock, std::move(checkpoint), order);
    co_return co_await work.write(database, announcer);
}

// SAFETY: as `write_page`.
Task<Result<Checkpoint>> write_audit(postgres::Pool& database, cache::Announcer& announcer,
                                     const base::Clock& clock, const jobs::Run& run, Checkpoint checkpoint,
                                     PageOrder order, std::vector<std::string> asked) {
    PageWork work(run, clock, std::move(checkpoint), order);
    co_return co_await work.write_audit(database, announcer, std::move(asked));
}

jobs::Progress progress_of(const Checkpoint& checkpoint, std::string_view step) {
    jobs::Progress progress{
        .current = checkpoint.fetched, .total = checkpoint.fetched, .step = std::string(step)};
    // X tells no total; its window has 800.
    constexpr std::int64_t kWindow = 800;
    progress.total = checkpoint.cursor ? std::max(kWindow, checkpoint.fetched) : checkpoint.fetched;
    progress.percentage = progress.total == 0 ? 0 : static_cast<int>(100 * progress.current / progress.total);
    progress.detail.clear();
    base::JsonWriter(progress.detail).begin_object().member("errors", checkpoint.errors).end_object();
    return progress;
}

}  // namespace syncing

#include "transfer/import_writer.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <functional>
#include <span>
#include <thread>

#include "base/encoding.hpp"
#include "bookmarks/bookmarks_sql.hpp"
#include "bookmarks/search_document.hpp"
#include "bookmarks/statistics.hpp"
#include "categories/categories_sql.hpp"
#include "transfer/transfer_sql.hpp"

namespace transfer {
namespace {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using bookmarks::Bookmark;
using postgres::Commands;
using postgres::Params;

/// How often a batch is tried while the database is away: about a minute and a half.
constexpr int kAttemptsMax = 20;
constexpr std::chrono::milliseconds kFirstPause{200};
constexpr std::chrono::milliseconds kLongestPause{5'000};
/// Records that a dry run remembers; beyond it repetitions inside a file count as new.
constexpr std::size_t kSeenMax = 2'000'000;

/// A transaction as it is handed between threads: it ends on the loop, the only place where its pool may be
/// touched.
std::shared_ptr<postgres::Transaction> keep(base::asio::io_context& io, postgres::Transaction transaction) {
    return {new postgres::Transaction(std::move(transaction)), [&io](postgres::Transaction* gone) {
                base::asio::post(io, [owned = std::unique_ptr<postgres::Transaction>(gone)] {});
            }};
}

struct Begun {
    std::shared_ptr<postgres::Transaction> transaction;
    postgres::Results results;
};

Task<Result<Begun>> begin_with(base::asio::io_context& io, postgres::Pool& database, Commands commands) {
    auto transaction = co_await database.begin();
    if (!transaction) co_return std::unexpected(transaction.error());
    Begun begun{.transaction = keep(io, std::move(*transaction)), .results = {}};
    auto results = co_await begun.transaction->run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    begun.results = std::move(*results);
    co_return begun;
}

// SAFETY: transaction and user live in the frame, whatever becomes of the thread that waits.
Task<Result<void>> count(postgres::Pool& database) {
    co_await bookmarks::count_uncounted(database);
    co_return Result<void>{};
}

Task<Result<cache::Committed>> commit_in(cache::Announcer& announcer,
                                         std::shared_ptr<postgres::Transaction> transaction,
                                         Commands commands, base::UserId user, cache::Numbers numbers) {
    co_return co_await announcer.commit(*transaction, std::move(commands), user, numbers);
}

Task<Result<postgres::Results>> run_in(std::shared_ptr<postgres::Transaction> transaction,
                                       Commands commands) {
    co_return co_await transaction->run(std::move(commands));
}

/// X's order key, newest first; records without one stay behind those that have one, in the file's order.
void sort_newest_first(std::vector<Record>& records) {
    std::vector<std::pair<std::uint64_t, std::size_t>> order;
    for (std::size_t i = 0; i < records.size(); ++i)
        order.emplace_back(~records[i].sort_index.value_or(0), i);
    if (std::ranges::is_sorted(order)) return;
    std::ranges::sort(order);
    std::vector<Record> sorted;
    sorted.reserve(records.size());
    for (const auto& [key, index] : order)
        sorted.push_back(std::move(records[index]));
    records = std::move(sorted);
}

std::size_t hash_of_content(const bookmarks::Draft& draft) {
    return std::hash<std::string>{}(draft.content) ^ (draft.links.size() << 1U) ^ (draft.media.size() << 9U);
}

/// Id, version and what follows up to the order.
void add_category(Params& params, std::int64_t version, const categories::Category& category) {
    params.uuid(category.id.uuid).int8(version).text(category.name).text(category.description);
    params.text(category.color).text(category.icon).uuid(category.parent_id);
    params.int4(static_cast<std::int32_t>(category.order));
}

}  // namespace

ImportWriter::ImportWriter(const ImportStore& store, const base::Clock& clock, ImportTarget target,
                           ImportOptions options, ImportReport& report)
    : loop_(store.loop),
      database_(store.database),
      announcer_(store.announcer),
      fence_(store.fence),
      clock_(clock),
      target_(target),
      options_(std::move(options)),
      report_(report) {
    report_.dry_run = options_.dry_run;
}

ImportWriter::~ImportWriter() {
    if (in_flight_) static_cast<void>(loop_.wait(std::move(in_flight_->outcome)));
}

Result<void> ImportWriter::write(std::vector<Record> records) {
    if (auto settled = settle(); !settled) return settled;
    if (records.empty()) return {};
    sort_newest_first(records);
    Batch batch{.records = std::move(records), .first_index = next_index_};
    next_index_ += static_cast<std::int64_t>(batch.records.size());
    return send(std::move(batch));
}

Result<void> ImportWriter::finish() {
    auto settled = settle();
    note_category_faults();
    return settled;
}

Task<Result<cache::Committed>> ImportWriter::commit(Transaction transaction, Commands commands,
                                                    cache::Numbers numbers) const {
    if (fence_) fence_(commands);
    return commit_in(announcer_, std::move(transaction), std::move(commands), target_.user, numbers);
}

Result<postgres::Results> ImportWriter::run(const Locked& locked, Commands commands) const {
    return loop_.run(run_in(locked.transaction, std::move(commands)));
}

Result<void> ImportWriter::settle() {
    if (!in_flight_) return {};
    InFlight sent = std::move(*in_flight_);
    in_flight_.reset();
    const auto done = loop_.wait(std::move(sent.outcome));
    if (!done) return recover(std::move(sent.batch), done.error());
    // The plan was made for what this batch wrote.
    plan_version_ = done->version;
    report_.counts += sent.counts;
    if (!std::exchange(is_counted_, true)) static_cast<void>(loop_.run(count(database_)));
    return {};
}

Result<void> ImportWriter::send(Batch batch) {
    auto prepared = prepare(batch);
    if (!prepared) return recover(std::move(batch), prepared.error());
    for (ImportSample& sample : prepared->samples)
        report_.show(std::move(sample));
    if (prepared->commands.empty()) {
        report_.counts += prepared->counts;
        return {};
    }
    in_flight_.emplace(
        InFlight{.batch = std::move(batch),
                 .counts = prepared->counts,
                 .outcome = loop_.start(commit(std::move(prepared->transaction),
                                               std::move(prepared->commands), prepared->numbers))});
    return {};
}

// A batch that failed wrote nothing, or, when the connection was lost at its commit, all: then its rows are
// found again by their place in the file (`consider`).
Result<void> ImportWriter::recover(Batch batch, base::Error error) {
    forget_plan();
    if (loop_.stopping()) return std::unexpected(error);
    if (error.code == Errc::service_unavailable) return wait_and_retry(batch, error);
    const bool may_be_one_record = error.code == Errc::internal_error || error.code == Errc::query_timeout;
    if (!may_be_one_record) return std::unexpected(error);
    if (batch.records.size() == 1) {
        report_.refuse({.line = batch.records.front().line,
                        .field = {},
                        .code = "not_stored",
                        .message = "The database refused the record."});
        return {};
    }
    const auto middle = static_cast<std::ptrdiff_t>(batch.records.size() / 2);
    Batch rest{.records = {std::make_move_iterator(batch.records.begin() + middle),
                           std::make_move_iterator(batch.records.end())},
               .first_index = batch.first_index + middle};
    batch.records.resize(static_cast<std::size_t>(middle));
    if (auto done = write_now(std::move(batch)); !done) return done;
    return write_now(std::move(rest));
}

Result<void> ImportWriter::write_now(Batch batch) {
    if (auto sent = send(std::move(batch)); !sent) return sent;
    return settle();
}

bool ImportWriter::pause(int attempt) const {
    constexpr std::chrono::milliseconds kStep{50};
    const std::chrono::milliseconds length =
        std::min(kFirstPause * (1 << std::min(attempt, 10)), kLongestPause);
    for (std::chrono::milliseconds slept{}; slept < length && !loop_.stopping(); slept += kStep)
        std::this_thread::sleep_for(kStep);
    return !loop_.stopping();
}

Result<void> ImportWriter::wait_and_retry(Batch& batch, base::Error error) {
    for (int attempt = 0; attempt < kAttemptsMax && pause(attempt); ++attempt) {
        auto prepared = prepare(batch);
        if (prepared && !prepared->commands.empty()) {
            const auto done = loop_.run(
                commit(std::move(prepared->transaction), std::move(prepared->commands), prepared->numbers));
            if (done)
                plan_version_ = done->version;
            else
                prepared = std::unexpected(done.error());
        }
        if (prepared) {
            report_.counts += prepared->counts;
            return {};
        }
        forget_plan();
        error = prepared.error();
        if (error.code != Errc::service_unavailable) return recover(std::move(batch), error);
    }
    return std::unexpected(error);
}

Result<void> ImportWriter::until_available(const std::function<Result<void>()>& step) {
    if (auto settled = settle(); !settled) return settled;
    Result<void> done = step();
    for (int attempt = 0; !done && done.error().code == Errc::service_unavailable; ++attempt) {
        forget_plan();
        if (attempt == kAttemptsMax || !pause(attempt)) break;
        done = step();
    }
    return done;
}

bool ImportWriter::needs_categories(const Batch& batch) const {
    return options_.default_category || std::ranges::any_of(batch.records, [](const Record& record) {
               return !record.category_path.empty();
           });
}

Result<ImportWriter::Locked> ImportWriter::lock(const Batch& batch) {
    std::vector<std::string> posts;
    std::vector<base::Uuid> ids;
    for (const Record& record : batch.records) {
        posts.push_back(record.draft.x_tweet_id);
        if (options_.strategy == DuplicateStrategy::create_duplicate) posts.push_back(duplicate_id(record));
        if (record.id) ids.push_back(*record.id);
    }
    const base::Uuid user = target_.user.uuid;
    Commands commands;
    commands.push_back({bookmarks::sql::kLockLibrary, std::move(Params().uuid(user)), {}});
    commands.push_back(
        {bookmarks::sql::kSelectByPosts, std::move(Params().uuid(user).text_array(posts)), {}});
    commands.push_back({sql::kSelectTakenIds, std::move(Params().uuid(user).uuid_array(ids)), {}});
    auto begun = loop_.run(begin_with(loop_.io, database_, std::move(commands)));
    if (!begun) return std::unexpected(begun.error());
    Locked locked{.transaction = std::move(begun->transaction), .existing = {}, .taken = {}};
    const postgres::Results& results = begun->results;
    if (results[0].empty()) return fail(Errc::user_not_found, "The account does not exist any more");
    locked.version = results[0][0].integer(0);
    locked.search_code = results[0][0].integer(1);
    for (std::size_t i = 0; i < results[1].size(); ++i)
        locked.existing.push_back(bookmarks::sql::read_bookmark(results[1][i]));
    for (std::size_t i = 0; i < results[2].size(); ++i)
        locked.taken.push_back(results[2][i].uuid(0));
    return locked;
}

Result<void> ImportWriter::load_categories(const Locked& locked) {
    if (plan_ && plan_version_ == locked.version) return {};
    Commands commands;
    commands.push_back({categories::sql::kSelectAll, std::move(Params().uuid(target_.user.uuid)), {}});
    const auto rows = run(locked, std::move(commands));
    if (!rows) return std::unexpected(rows.error());
    plan_.emplace(categories::sql::read_snapshot(rows->front()), options_.create_categories);
    plan_->set_made(made_categories_);
    plan_version_ = locked.version;
    return {};
}

Result<ImportWriter::Prepared> ImportWriter::prepare(const Batch& batch) {
    auto locked = lock(batch);
    if (!locked) return std::unexpected(locked.error());
    // What somebody else wrote in between may have changed the categories.
    if (plan_version_ != locked->version) forget_plan();
    if (needs_categories(batch)) {
        if (auto loaded = load_categories(*locked); !loaded) return std::unexpected(loaded.error());
    }
    Work work;
    work.taken.insert(locked->taken.begin(), locked->taken.end());
    for (Bookmark& row : locked->existing) {
        work.by_post.emplace(row.draft.x_tweet_id, work.entries.size());
        work.entries.push_back({.row = std::move(row)});
    }
    for (std::size_t i = 0; i < batch.records.size(); ++i)
        consider(batch.records[i], batch.first_index + static_cast<std::int64_t>(i), work);
    Prepared prepared{.transaction = locked->transaction,
                      .commands = {},
                      .counts = work.counts,
                      .samples = std::move(work.samples)};
    if (!options_.dry_run) prepared.commands = commands_of(work, *locked, prepared.numbers);
    return prepared;
}

std::string ImportWriter::duplicate_id(const Record& record) const {
    const base::Digest digest =
        base::sha256(base::to_string(target_.job.uuid) + '\0' + std::to_string(record.line));
    return "import-" + base::to_hex(std::span(digest).first(16));
}

void ImportWriter::consider(const Record& record, std::int64_t index, Work& work) {
    const std::int64_t sync_order = target_.started.time_since_epoch().count() - index;
    const auto found = work.by_post.find(record.draft.x_tweet_id);
    if (found == work.by_post.end()) {
        if (options_.dry_run && seen_.size() < kSeenMax) {
            const std::size_t content = hash_of_content(record.draft);
            const auto [earlier, first] =
                seen_.emplace(std::hash<std::string>{}(record.draft.x_tweet_id), content);
            if (!first) {
                ++(earlier->second == content ? work.counts.unchanged : work.counts.skipped);
                return;
            }
        }
        return insert(record, record.draft.x_tweet_id, sync_order, work);
    }
    Entry& entry = work.entries[found->second];
    // Written by this very import before it was cut off.
    if (!entry.is_new && entry.row.sync_order == sync_order) {
        ++work.counts.imported;
        return;
    }
    Decision decision = decide(entry.row.draft, record.draft, options_.strategy);
    if (decision.action != Action::insert) return change(record, std::move(decision), entry, work);
    std::string post_id = duplicate_id(record);
    if (work.by_post.contains(post_id)) {
        ++work.counts.imported;
        return;
    }
    insert(record, std::move(post_id), sync_order, work);
}

void ImportWriter::insert(const Record& record, std::string post_id, std::int64_t sync_order, Work& work) {
    Bookmark row;
    row.draft = record.draft;
    row.draft.x_tweet_id = std::move(post_id);
    if (!row.draft.bookmarked_at) {
        row.draft.bookmarked_at = target_.started;
        row.draft.bookmarked_at_source = bookmarks::BookmarkedAtSource::first_seen;
    }
    row.sync_order = sync_order;
    row.created_at = record.created_at.value_or(target_.started);
    row.updated_at = record.updated_at.value_or(row.created_at);
    const bool restored = record.id && work.taken.insert(*record.id).second;
    row.id = {restored ? *record.id : base::make_uuid(clock_.now())};
    if (!options_.dry_run) row.category_id = category_of(record, true);
    ++work.counts.imported;
    if (options_.dry_run)
        work.samples.push_back(
            {.line = record.line, .action = Action::insert, .bookmark_id = {}, .fields = {}});
    work.by_post.emplace(row.draft.x_tweet_id, work.entries.size());
    work.entries.push_back({.row = std::move(row), .is_new = true, .is_restored = restored});
}

void ImportWriter::change(const Record& record, Decision decision, Entry& entry, Work& work) {
    std::optional<base::Uuid> category = entry.row.category_id;
    const bool may_fill = options_.strategy == DuplicateStrategy::merge && !category && !options_.dry_run;
    if (may_fill) category = category_of(record, false);
    if (decision.action == Action::unchanged && category != entry.row.category_id)
        decision = {.action = Action::update, .draft = entry.row.draft};
    if (decision.action == Action::unchanged) {
        ++work.counts.unchanged;
        return;
    }
    ++work.counts.conflicts;
    ++(decision.action == Action::skip ? work.counts.skipped : work.counts.updated);
    if (options_.dry_run) {
        const bookmarks::Draft& after = decision.action == Action::skip ? record.draft : decision.draft;
        work.samples.push_back({.line = record.line,
                                .action = decision.action,
                                .bookmark_id = entry.row.id.uuid,
                                .fields = differences(entry.row.draft, after)});
    }
    if (decision.action == Action::skip) return;
    entry.row.draft = std::move(decision.draft);
    entry.row.category_id = category;
    entry.is_changed = true;
}

std::optional<base::Uuid> ImportWriter::category_of(const Record& record, bool with_default) {
    if (!plan_) return {};
    const base::Time now = clock_.now();
    if (!record.category_path.empty()) {
        const auto found =
            plan_->resolve(record.category_path, {record.category_color, record.category_icon}, now);
        if (found) return found;
    }
    if (!with_default || !options_.default_category) return {};
    return plan_->resolve_default(*options_.default_category, now);
}

std::int64_t ImportWriter::add_category_commands(Commands& commands, std::int64_t version) {
    if (!plan_) return version;
    std::vector<std::string> created;
    const base::UserId user = target_.user;
    for (const auto& [old_id, category] : plan_->take_adopted()) {
        created.push_back(base::to_string(category.id.uuid));
        Params params;
        params.uuid(user.uuid).uuid(old_id);
        add_category(params, version + 1, category);
        params.time(category.created_at).time(category.updated_at);
        commands.push_back({sql::kAdoptCategory, std::move(params), {}});
        version += 2;
    }
    for (const categories::Category& category : plan_->take_created()) {
        created.push_back(base::to_string(category.id.uuid));
        Params params;
        params.uuid(user.uuid);
        add_category(params, ++version, category);
        params.time(category.created_at).time(category.updated_at);
        commands.push_back({sql::kInsertCategory, std::move(params), {}});
    }
    // Some may come back under the id that they had in the file.
    if (!created.empty())
        commands.push_back({categories::sql::kForgetTombstones,
                            std::move(Params().uuid(target_.user.uuid).text_array(created)),
                            {}});
    for (const categories::Category& category : plan_->take_changed()) {
        Params params;
        params.uuid(user.uuid);
        add_category(params, ++version, category);
        params.time(category.updated_at);
        commands.push_back({categories::sql::kUpdate, std::move(params), {}});
    }
    made_categories_ = plan_->made();
    return version;
}

Commands ImportWriter::commands_of(Work& work, const Locked& locked, cache::Numbers& numbers) {
    std::vector<Bookmark> inserted;
    std::vector<Bookmark> changed;
    std::vector<std::string> posts;
    std::vector<std::string> restored;
    for (Entry& entry : work.entries) {
        if (entry.is_new) posts.push_back(entry.row.draft.x_tweet_id);
        if (entry.is_restored) restored.push_back(base::to_string(entry.row.id.uuid));
        if (entry.is_new) {
            inserted.push_back(std::move(entry.row));
        } else if (entry.is_changed) {
            changed.push_back(std::move(entry.row));
        }
    }
    const std::string prefix = bookmarks::lexeme_prefix(locked.search_code);
    const base::UserId user = target_.user;
    Commands commands;
    std::int64_t version = add_category_commands(commands, locked.version);
    if (!inserted.empty()) {
        commands.push_back(bookmarks::sql::insert_rows(user, version, prefix, inserted));
        version += static_cast<std::int64_t>(inserted.size());
        commands.push_back(
            {bookmarks::sql::kForgetDeleted, std::move(Params().uuid(user.uuid).text_array(posts)), {}});
    }
    if (!changed.empty()) {
        commands.push_back(bookmarks::sql::update_rows(user, version, prefix, changed, clock_.now()));
        version += static_cast<std::int64_t>(changed.size());
    }
    if (!restored.empty())
        commands.push_back({bookmarks::sql::kForgetTombstones,
                            std::move(Params().uuid(user.uuid).text_array(restored)),
                            {}});
    numbers.count = version - locked.version;
    return commands;
}

Result<void> ImportWriter::write_categories(const std::vector<CategoryRecord>& records) {
    if (options_.dry_run || !options_.create_categories || records.empty()) return {};
    return until_available([&]() -> Result<void> {
        auto locked = lock({});
        if (!locked) return std::unexpected(locked.error());
        if (auto loaded = load_categories(*locked); !loaded) return loaded;
        plan_->restore(records, clock_.now());
        Commands commands;
        const std::int64_t version = add_category_commands(commands, locked->version);
        if (commands.empty()) return {};
        const auto done =
            loop_.run(commit(locked->transaction, std::move(commands), {.count = version - locked->version}));
        if (!done) return std::unexpected(done.error());
        plan_version_ = done->version;
        return {};
    });
}

Result<void> ImportWriter::color_tags(const std::vector<std::pair<std::string, std::string>>& colors) {
    if (options_.dry_run || colors.empty()) return {};
    std::vector<std::string> names;
    std::vector<std::string> values;
    for (const auto& [name, color] : colors) {
        names.push_back(name);
        values.push_back(color);
    }
    return until_available([&]() -> Result<void> {
        auto locked = lock({});
        if (!locked) return std::unexpected(locked.error());
        Params params;
        params.uuid(target_.user.uuid).int8(locked->version).text_array(names).text_array(values);
        params.time(clock_.now());
        Commands commands;
        commands.push_back({sql::kColorTags, std::move(params), {}});
        const auto colored = run(*locked, std::move(commands));
        if (!colored) return std::unexpected(colored.error());
        if (colored->front().affected() == 0) return {};
        // Versions of tags that had a colour already stay unused; nothing needs them to be dense.
        const auto done =
            loop_.run(commit(locked->transaction, {}, {.count = static_cast<std::int64_t>(names.size())}));
        if (!done) return std::unexpected(done.error());
        return {};
    });
}

void ImportWriter::forget_plan() {
    note_category_faults();
    plan_.reset();
}

void ImportWriter::note_category_faults() {
    if (!plan_) return;
    if (plan_->faults().too_deep)
        report_.warn("Categories below the tenth level were left out; their bookmarks are one level up.");
    if (plan_->faults().too_many)
        report_.warn("The library has 2000 categories, so no more were made; some bookmarks have none.");
    if (plan_->faults().missing)
        report_.warn("Some categories do not exist and were not made; their bookmarks have none.");
}

}  // namespace transfer

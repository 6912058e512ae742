#include "database_output.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <functional>
#include <iostream>
#include <mutex>
#include <thread>

#include "base/json_writer.hpp"
#include "bookmarks/search_document.hpp"
#include "copy_rows.hpp"
#include "database.hpp"
#include "text/fold.hpp"

namespace generate {
namespace {

/// One transaction each. Bounds the memory here and the transition table of the counting trigger there.
constexpr std::uint64_t kBatchRows = 10'000;

constexpr const char* kCopy =
    "COPY bookmarks (user_id, id, library_version, x_tweet_id, url, content, lang, author_username, "
    "author_display_name, author_avatar_url, author_username_folded, author_name_folded, media, links, hashtags, "
    "mentions, tags, metrics, category_id, is_archived, bookmarked_at, bookmarked_at_source, sync_order, posted_at, "
    "post_status, source, search_vector, search_overflow, created_at, updated_at) FROM STDIN BINARY";
constexpr std::int16_t kColumns = 30;

struct Account {
    base::Uuid user;
    std::string lexeme_prefix;
    std::vector<base::Uuid> categories;
};

/// Posts `first … first+count-1` for one account.
struct Batch {
    const Account* account;
    std::uint64_t first;
    std::uint64_t count;
};

/// A UUIDv7 of that time whose random bits come from the stream.
base::Uuid make_id(base::Time time, Random& random) {
    base::Uuid id = base::make_uuid(time);
    const std::array<std::uint64_t, 2> bits{random.next(), random.next()};
    for (std::size_t i = 6; i < 16; ++i)
        id.bytes[i] = static_cast<std::uint8_t>(bits[i / 8] >> (i % 8 * 8));
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x70);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
    return id;
}

std::string media_json(const Post& post) {
    std::string out;
    base::JsonWriter json(out);
    json.begin_array();
    for (const Medium& medium : post.media) {
        json.begin_object()
            .member("type", medium.type)
            .member("url", medium.url)
            .member("previewUrl", medium.thumbnail);
        json.key("altText")
            .null()
            .key("width")
            .null()
            .key("height")
            .null()
            .key("durationMs")
            .null()
            .end_object();
    }
    json.end_array();
    return out;
}

std::string metrics_json(const Post& post) {
    std::string out;
    base::JsonWriter json(out);
    json.begin_object()
        .member("likes", post.likes)
        .member("reposts", post.reposts)
        .member("replies", post.replies);
    json.key("quotes")
        .null()
        .key("bookmarks")
        .null()
        .member("views", post.views)
        .key("at")
        .null()
        .end_object();
    return out;
}

void append_row(CopyRows& rows, const Account& account, const Post& post, base::Uuid id, std::int64_t order) {
    const bookmarks::SearchText searched{.content = post.text,
                                         .title = {},
                                         .note = {},
                                         .author_username = post.author->username,
                                         .author_display_name = post.author->display_name,
                                         .tags = post.tags,
                                         .hashtags = post.hashtags};
    const text::SearchVector vector = bookmarks::search_vector_of(searched, account.lexeme_prefix);
    rows.begin_row(kColumns);
    rows.uuid(account.user);
    rows.uuid(id);
    rows.later_bigint();  // library_version
    rows.text(post.id);
    rows.text("https://x.com/" + post.author->username + "/status/" + post.id);
    rows.text(post.text);
    rows.text(post.lang);
    rows.text(post.author->username);
    rows.text(post.author->display_name);
    rows.text(post.author->avatar_url);
    rows.text(text::fold(post.author->username));
    rows.text(text::fold(post.author->display_name));
    rows.jsonb(media_json(post));
    rows.text_array(post.links);
    rows.text_array(post.hashtags);
    rows.text_array(post.mentions);
    rows.text_array(post.tags);
    rows.jsonb(metrics_json(post));
    if (post.category < 0 || account.categories.empty()) {
        rows.null();
    } else {
        rows.uuid(account.categories[static_cast<std::size_t>(post.category) % account.categories.size()]);
    }
    rows.boolean(post.is_archived);
    rows.time(post.bookmarked_at);
    rows.text("import");
    rows.bigint(order);
    rows.time(post.posted_at);
    rows.text("available");
    rows.text("import:twitter-web-exporter");
    rows.raw(vector.binary);
    rows.boolean(vector.overflow);
    rows.time(post.bookmarked_at);
    rows.time(post.bookmarked_at);
}

void add_default_categories(Database& database, const std::string& user, Random& random, base::Time now) {
    struct Default {
        const char *name, *color, *icon;
    };
    constexpr std::array kDefaults{
        Default{"技術・AI", "#3B82F6", "cpu"}, Default{"趣味・ゲーム", "#10B981", "gamepad-2"},
        Default{"料理・レシピ", "#F59E0B", "chef-hat"}, Default{"読書・書籍", "#8B5CF6", "book-open"},
        Default{"未分類", "#6B7280", "folder"}};
    for (std::size_t i = 0; i < kDefaults.size(); ++i)
        database.run(
            "INSERT INTO categories (user_id, id, library_version, name, color, icon, sort_order, is_default, "
            "created_at, updated_at) VALUES ($1, $2, $6::integer, $3, $4, $5, $6::integer, true, $7, $7)",
            {user, base::to_string(make_id(now, random)), kDefaults[i].name, kDefaults[i].color,
             kDefaults[i].icon, std::to_string(i + 1), base::to_iso(now)});
}

/// The account of that name, made when it is missing.
Account open_account(Database& database, const std::string& name, Random& random, base::Time now) {
    auto found = database.run("SELECT id FROM users WHERE lower(username) = lower($1)", {name});
    if (found.empty()) {
        const std::string id = base::to_string(make_id(now, random));
        database.run("BEGIN");
        database.run(
            "INSERT INTO users (id, username, display_name, created_at, updated_at) VALUES ($1, $2, $2, $3, $3)",
            {id, name, base::to_iso(now)});
        database.run("INSERT INTO library (user_id, version, settings_version) VALUES ($1, 6, 6)", {id});
        add_default_categories(database, id, random, now);
        database.run("COMMIT");
        found = {{id}};
    }
    Account account{.user = *base::parse_uuid(found[0][0]), .lexeme_prefix = {}, .categories = {}};
    const auto library = database.run("SELECT search_code FROM library WHERE user_id = $1", {found[0][0]});
    account.lexeme_prefix = bookmarks::lexeme_prefix(std::stoll(library.at(0)[0]));
    for (const auto& row : database.run(
             "SELECT id FROM categories WHERE user_id = $1 ORDER BY sort_order LIMIT 5", {found[0][0]}))
        account.categories.push_back(*base::parse_uuid(row[0]));
    return account;
}

class Filler {
public:
    Filler(const Writer& writer, std::uint64_t seed, const DatabaseOptions& options)
        : writer_(writer), seed_(seed), options_(options) {}

    void run() {
        Database database(options_.url);
        open_accounts(database);
        in_threads([this] { copy_batches(); });
        database.run("VACUUM (ANALYZE) bookmarks, categories, tags, library");
    }

private:
    void open_accounts(Database& database) {
        Random random(seed_, UINT64_MAX);
        const base::Time now = writer_.write(0).bookmarked_at;
        accounts_.reserve(options_.users);
        for (unsigned i = 0; i < options_.users; ++i)
            accounts_.push_back(open_account(
                database, options_.users == 1 ? options_.user : options_.user + std::to_string(i + 1), random,
                now));
        std::uint64_t first = 0;
        for (unsigned i = 0; i < options_.users; ++i) {
            const std::uint64_t end = options_.count * (i + 1) / options_.users;
            for (; first < end; first += std::min(kBatchRows, end - first))
                batches_.push_back(
                    {.account = &accounts_[i], .first = first, .count = std::min(kBatchRows, end - first)});
        }
    }

    /// Runs the work in all threads and throws the first of their errors.
    void in_threads(const std::function<void()>& work) {
        std::vector<std::thread> threads;
        std::exception_ptr failure;
        std::mutex mutex;
        for (unsigned i = 0; i < options_.threads; ++i)
            threads.emplace_back([&] {
                try {
                    work();
                } catch (...) {
                    const std::lock_guard lock(mutex);
                    if (!failure) failure = std::current_exception();
                }
            });
        for (std::thread& thread : threads)
            thread.join();
        if (failure) std::rethrow_exception(failure);
    }

    void copy_batches() {
        Database database(options_.url);
        CopyRows rows;
        for (std::size_t i = next_batch_++; i < batches_.size(); i = next_batch_++) {
            const Batch& batch = batches_[i];
            rows.clear();
            for (std::uint64_t n = batch.first; n < batch.first + batch.count; ++n) {
                const Post post = writer_.write(n);
                Random random(seed_ + 1, n);
                append_row(rows, *batch.account, post, make_id(post.bookmarked_at, random),
                           static_cast<std::int64_t>(options_.count - n));
            }
            send(database, *batch.account, rows);
            std::cerr << "\r" << (rows_done_ += batch.count) << " of " << options_.count << std::flush;
        }
    }

    /// The row of the library is locked from here to the commit, so the rows were made before.
    static void send(Database& database, const Account& account, CopyRows& rows) {
        database.run("BEGIN");
        const auto first = database.run(
            "UPDATE library SET version = version + $2 WHERE user_id = $1 RETURNING version - $2 + 1",
            {base::to_string(account.user), std::to_string(rows.later())});
        rows.set_later(std::stoll(first.at(0)[0]));
        database.copy(kCopy, rows.finish());
        database.run("COMMIT");
    }

    const Writer& writer_;
    std::uint64_t seed_;
    const DatabaseOptions& options_;
    std::vector<Account> accounts_;
    std::vector<Batch> batches_;
    std::atomic<std::size_t> next_batch_ = 0;
    std::atomic<std::uint64_t> rows_done_ = 0;
};

}  // namespace

void fill_database(const Writer& writer, std::uint64_t seed, const DatabaseOptions& options) {
    Filler(writer, seed, options).run();
    std::cerr << "\n";
}

}  // namespace generate

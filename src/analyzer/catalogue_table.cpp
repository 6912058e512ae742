#include "analyzer/catalogue_table.hpp"

#include <array>

namespace analyzer {
namespace {

using enum Sample;
constexpr Reach kLibrary = Reach::library;

// clang-format off
/// Lists and searches, put together as `bookmarks/` puts them together for the usual request.
std::vector<Entry> made() {
    const auto entry = [](Query query) { return Entry{"", std::move(query)}; };
    return {
        entry({"bookmarks.list", "The first page of a library, newest first", {{"userId", user}, {"limit", limit}}, Reach::page, Made::page}),
        entry({"bookmarks.list_archived", "The first page of what is archived", {{"userId", user}, {"limit", limit}}, Reach::page, Made::page_archived}),
        entry({"bookmarks.list_by_author", "The first page in the order of authors", {{"userId", user}, {"limit", limit}}, Reach::page, Made::page_by_author}),
        entry({"bookmarks.list_of_category", "The first page of a category", {{"userId", user}, {"categoryId", category}, {"limit", limit}}, Reach::page, Made::page}),
        entry({"bookmarks.list_of_tag", "The first page of a tag", {{"userId", user}, {"tag", tag}, {"limit", limit}}, Reach::page, Made::page}),
        entry({"bookmarks.list_of_author", "The first page of an author", {{"userId", user}, {"authorUsername", author}, {"limit", limit}}, kLibrary, Made::page}),
        entry({"bookmarks.count", "How many bookmarks a category has", {{"userId", user}, {"categoryId", category}}, Reach::page, Made::total}),
        entry({"search.text", "The first page of a search, the best hits first, and their number", {{"userId", user}, {"text", word}, {"limit", limit}}, Reach::page, Made::page_with_counts}),
        entry({"search.facets", "The counts of all hits of a search", {{"userId", user}, {"text", word}}, Reach::page, Made::facets}),
    };
}

std::vector<Entry> of_accounts() {
    return {
        {"account.select_conflicts", {"", "Whether a name or an address is taken", {{"username", username}, {"email", email}}}},
        {"account.select_user_by_id", {"", "An account", {{"userId", user}}}},
        {"account.select_user_by_login", {"", "The account of a name or an address", {{"login", username}}}},
        {"account.select_users", {"", "All accounts", {}, kLibrary}},
        {"account.select_any_user", {"", "Whether there is an account", {}}},
        {"account.select_user_by_x", {"", "The account of a user of X", {{"xUserId", x_user}}}},
        {"account.select_last_admin", {"", "Whether an account is the last administrator", {{"userId", user}}, kLibrary}},
        {"session.select", {"", "The sessions of an account", {{"userId", user}, {"now", now}}}},
        {"session.select_token_holder", {"", "The holder of an access token", {{"userId", user}, {"sessionId", nothing}, {"now", now}}}},
        {"session.select_cookie_holder", {"", "The holder of a session cookie", {{"cookieHash", digest}}}},
        {"api_token.select", {"", "The API tokens of an account", {{"userId", user}}}},
        {"api_token.select_holder", {"", "The holder of an API token", {{"tokenHash", digest}}}},
        {"x_account.select", {"", "The connection of an account to X", {{"userId", user}}}},
        {"x_app.select", {"", "An account's own developer app", {{"userId", user}}}},
        {"idempotency.select", {"", "The stored answer of an Idempotency-Key", {{"userId", user}, {"keyHash", digest}}}},
    };
}

std::vector<Entry> of_libraries() {
    return {
        {"library.select", {"", "Version and counters of a library", {{"userId", user}}}},
        {"library.select_version", {"", "The version of a library", {{"userId", user}}}},
        {"bookmark.select_by_ids", {"", "Bookmarks by id", {{"userId", user}, {"ids", bookmarks}}}},
        {"bookmark.select_by_posts", {"", "Bookmarks by the id of their post", {{"userId", user}, {"postIds", posts}}}},
        {"bookmark.select_ids_by_posts", {"", "Ids of bookmarks by the id of their post", {{"userId", user}, {"postIds", posts}}}},
        {"bookmark.select_overflow", {"", "Bookmarks too long for the index of words", {{"userId", user}}}},
        {"bookmark.select_uncounted", {"", "Tables that were never analyzed", {}}},
        {"tag.select_names", {"", "The names of all tags", {{"userId", user}}, kLibrary}},
        {"tag.select_all", {"", "All tags with their counts", {{"userId", user}}, kLibrary}},
        {"tag.select_by_name", {"", "A tag", {{"userId", user}, {"name", tag}}}},
        {"tag.select_tagged", {"", "The bookmarks of a tag", {{"userId", user}, {"name", tag}}}},
        {"category.select_all", {"categories.tree", "All categories with their counts", {{"userId", user}}, kLibrary}},
        {"suggestion.select_authors", {"suggestions.search", "Authors whose names contain a text", {{"userId", user}, {"text", author}, {"limit", limit}}, kLibrary}},
        {"suggestion.popular_tags", {"", "The most frequent tags of late", {{"userId", user}, {"since", month_ago}, {"limit", limit}}, kLibrary}},
        {"suggestion.popular_authors", {"", "The most frequent authors of late", {{"userId", user}, {"since", month_ago}, {"limit", limit}}, kLibrary}},
        {"suggestion.popular_categories", {"", "The most frequent categories of late", {{"userId", user}, {"since", month_ago}}, kLibrary}},
        {"resident.select_library", {"", "What a library in memory is compared with", {{"userId", user}}}},
        {"resident.select_next", {"", "The next rows on their way into memory", {{"userId", user}, {"before", future}, {"syncOrder", many}, {"id", last_id}, {"limit", many}}, kLibrary}},
        {"resident.select_written", {"", "What was written since a version", {{"userId", user}, {"version", version}, {"limit", many}}}},
        {"resident.select_removed", {"", "What was removed since a version", {{"userId", user}, {"version", version}}}},
        {"resident.select_page", {"", "The rows of a page that memory found", {{"userId", user}, {"ids", bookmarks}}}},
        {"export.count", {"", "How many bookmarks an export holds", {{"userId", user}, {"from", nothing}, {"to", nothing}, {"categoryIds", nothing}, {"tags", nothing}, {"archived", yes}}, kLibrary}},
        {"export.select_tags", {"", "The tags of an export", {{"userId", user}}, kLibrary}},
        {"export.select_searches", {"", "The past searches of an export", {{"userId", user}}}},
        {"export.select_settings", {"", "The settings of an export", {{"userId", user}}}},
        {"export.select_unfinished_file", {"", "The file of an export that did not end", {{"userId", user}, {"jobId", job}}}},
        {"import.select_taken_ids", {"", "Which ids are taken", {{"userId", user}, {"ids", bookmarks}}}},
        {"import.select_kept", {"", "Imports whose files are needed", {{"place", here}}}},
    };
}

std::vector<Entry> of_changes() {
    const std::vector<Parameter> since{{"userId", user}, {"since", version}, {"limit", limit}};
    return {
        {"changes.select_bookmarks", {"changes.since", "Bookmarks that changed since a version", since}},
        {"changes.select_bookmark_ids", {"", "Ids of bookmarks that changed since a version", since}},
        {"changes.select_categories", {"", "Categories that changed since a version", since}},
        {"changes.select_category_ids", {"", "Ids of categories that changed since a version", since}},
        {"changes.select_tags", {"", "Tags that changed since a version", since}},
        {"changes.select_tag_ids", {"", "Names of tags that changed since a version", since}},
        {"changes.select_saved_searches", {"", "Saved searches that changed since a version", since}},
        {"changes.select_saved_search_ids", {"", "Ids of saved searches that changed since a version", since}},
        {"changes.select_settings", {"", "Settings, if they changed since a version", since}},
        {"changes.select_settings_ids", {"", "Whether settings changed since a version", since}},
        {"changes.select_tombstones", {"", "What was deleted since a version", since}},
        {"changes.select_version", {"", "The version of a library", {{"userId", user}}}},
        {"changes.select_oldest", {"", "Since which version changes are known", {{"userId", user}}}},
        {"changes.select_sweepable", {"", "Libraries with tombstones that are too old", {{"before", past}, {"limit", limit}}}},
    };
}

std::vector<Entry> of_searches_and_numbers() {
    const std::vector<Parameter> days{{"userId", user}, {"now", now}, {"zone", zone}, {"days", month_days}};
    return {
        {"history.select", {"", "Past searches", {{"userId", user}, {"before", last_id}, {"limit", limit}, {"offset", zero}}}},
        {"history.count", {"", "How many past searches there are", {{"userId", user}}, kLibrary}},
        {"history.summarise", {"", "Number and mean time of the searches of a month", days, kLibrary}},
        {"history.count_terms", {"", "What was searched for in a month", days, kLibrary}},
        {"history.count_days", {"", "The searches of each day of a month", days, kLibrary}},
        {"saved_search.select_all", {"", "All saved searches", {{"userId", user}}, kLibrary}},
        {"stats.count_all", {"", "The numbers of a library", {{"userId", user}, {"now", now}, {"zone", zone}}, kLibrary}},
        {"stats.top_categories", {"", "The largest categories", {{"userId", user}}, kLibrary}},
        {"stats.top_tags", {"", "The most frequent tags", {{"userId", user}}, kLibrary}},
        {"stats.count_days", {"", "What was added and searched on each day of a month", days, kLibrary}},
        {"stats.distribute", {"", "The share of each category", {{"userId", user}}, kLibrary}},
    };
}

std::vector<Entry> of_jobs() {
    return {
        {"job.select", {"", "A job", {{"userId", user}, {"jobId", job}, {"type", nothing}}}},
        {"job.select_owner", {"", "The owner of a job", {{"jobId", job}}}},
        {"job.select_page", {"", "The first page of the jobs of a type", {{"userId", user}, {"type", sync_type}, {"state", nothing}, {"before", nothing}, {"beforeId", nothing}, {"offset", zero}, {"limit", limit}}}},
        {"job.count", {"", "How many jobs of a type there are", {{"userId", user}, {"type", sync_type}, {"state", nothing}, {"before", nothing}, {"beforeId", nothing}}, kLibrary}},
        {"job.select_unfinished", {"", "The unfinished job of a type", {{"userId", user}, {"type", sync_type}}}},
        {"job.next_due", {"", "When the next waiting job is due", {}}},
        {"job.select_unclean", {"", "Ended jobs that have left files", {{"types", sync_types}, {"place", here}, {"limit", limit}}}},
        {"sync.select_to_audit", {"", "Posts to be looked for at X", {{"userId", user}, {"run", job}, {"before", past}, {"limit", limit}}, kLibrary}},
        {"sync.select_positions", {"", "Places of posts in the order of X", {{"userId", user}, {"postIds", posts}}}},
        {"sync.count_between", {"", "Posts between two places that a run did not see", {{"userId", user}, {"run", job}, {"from", position}, {"to", position}}}},
        {"sync.select_deleted", {"", "Posts that were deleted here", {{"userId", user}, {"postIds", posts}}}},
        {"sync.select_default_category", {"", "The category of what is new", {{"userId", user}}}},
        {"sync.select_spent", {"", "What was spent today and this month", {{"userId", user}, {"day", now}, {"month", month_ago}}}},
        {"sync.sum_spend", {"", "What was spent since a time", {{"userId", user}, {"since", month_ago}}}},
        {"sync.select_spend_by_day", {"", "What was spent on each day", {{"userId", user}, {"since", month_ago}}}},
        {"sync.select_gone", {"", "Posts whose copy has to be removed", {{"before", past}, {"limit", limit}}}},
        {"sync.select_due", {"", "Accounts whose next sync is due", {{"before", past}, {"limit", limit}}, kLibrary}},
        {"sync.count_jobs", {"", "The syncs of an account by state", {{"since", month_ago}, {"userId", user}}, kLibrary}},
        {"sync.count_all_jobs", {"", "All syncs by state", {{"since", month_ago}}, kLibrary}},
        {"sync.summarise", {"", "The syncs of a month", {{"userId", user}, {"since", month_ago}}, kLibrary}},
        {"sync.summarise_days", {"", "The syncs of each day of a month", {{"userId", user}, {"since", month_ago}}, kLibrary}},
        {"sync.summarise_errors", {"", "Why syncs of a month failed", {{"userId", user}, {"since", month_ago}}, kLibrary}},
    };
}

std::vector<Entry> of_operators() {
    return {
        {"performance.select_one", {"", "Whether the database answers", {}}},
        {"performance.select_connections", {"", "Connections by state", {}, kLibrary}},
        {"performance.select_locks", {"", "Locks by mode", {}, kLibrary}},
        {"performance.select_indexes", {"", "How often indexes are used", {}, kLibrary}},
        {"performance.select_tables", {"", "How much is written to tables", {}, kLibrary}},
        {"performance.count_jobs", {"", "Jobs by type and state", {}, kLibrary}},
        {"performance.select_job_times", {"", "How long jobs took of late", {{"since", month_ago}}, kLibrary}},
        {"performance.sum_totals", {"", "Bookmarks and spend of all accounts", {}, kLibrary}},
        {"performance.select_troubles", {"", "What alerts look at", {{"since", month_ago}, {"heeded", past}, {"enabled", yes}}, kLibrary}},
        {"backup.select_page", {"", "The first page of backups", {{"before", nothing}, {"beforeId", nothing}, {"limit", limit}}}},
        {"backup.count", {"", "How many backups there are", {{"before", nothing}, {"beforeId", nothing}}, kLibrary}},
        {"backup.select", {"", "A backup", {{"id", backup}}}},
        {"backup.select_of_job", {"", "The backup that a job made", {{"jobId", job}}, kLibrary}},
        {"backup.summarise", {"", "Number and size of backups", {}, kLibrary}},
        {"backup.select_kept", {"", "Backups whose files exist", {}, kLibrary}},
        {"backup.select_schedule", {"", "The schedule of backups", {}, kLibrary}},
        {"backup.select_running", {"", "The backup that is being made", {}}},
        {"backup.select_operator", {"", "The first administrator", {}, kLibrary}},
        {"backup.select_job", {"", "The job of a backup", {{"userId", user}, {"jobId", job}}}},
        {"analyzer.select_largest", {"", "The largest library", {}, kLibrary}},
        {"analyzer.select_account", {"", "What an account is analyzed with", {{"userId", user}}}},
        {"analyzer.select_rare_tag", {"", "The tag with the fewest bookmarks", {{"userId", user}}, kLibrary}},
        {"analyzer.select_newest", {"", "The newest bookmarks", {{"userId", user}}}},
        {"analyzer.select_columns", {"", "The columns of all tables", {}, kLibrary}},
        {"analyzer.select_indexes", {"", "All indexes", {}, kLibrary}},
        {"analyzer.select_hypopg", {"", "Whether indexes can be imagined", {}}},
    };
}
// clang-format on

std::vector<Entry> all_entries() {
    std::vector<Entry> out = made();
    for (auto part : {of_libraries(), of_changes(), of_searches_and_numbers(), of_accounts(), of_jobs(),
                      of_operators()})
        out.insert(out.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
    return out;
}

}  // namespace

std::span<const Entry> entries() {
    static const std::vector<Entry> kEntries = all_entries();
    return kEntries;
}

std::span<const std::string_view> unexplained() {
    static constexpr std::array<std::string_view, 3> kUnexplained{
        "account.allow_long", "bookmark.keep_plans", "resident.one_moment"};
    return kUnexplained;
}

}  // namespace analyzer

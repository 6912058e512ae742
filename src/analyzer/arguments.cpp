#include "analyzer/arguments.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "base/encoding.hpp"
#include "bookmarks/search_document.hpp"
#include "bookmarks/selection_sql.hpp"
#include "postgres/explain.hpp"
#include "text/fold.hpp"
#include "text/tokens.hpp"

namespace analyzer {
namespace {

using boost::json::object;
using boost::json::value;
using postgres::Params;
using postgres::Type;

constexpr std::int64_t kLimit = 20;
constexpr std::int64_t kLimitMax = 10'000;
constexpr std::int64_t kMany = 1000;
constexpr std::int64_t kDays = 30;
constexpr std::int64_t kChanges = 50;
constexpr std::size_t kTextMax = 10'000;
constexpr std::size_t kListMax = 1000;
constexpr std::size_t kWordBytesMax = 40;
/// A word that more than one text of twenty holds finds so much that a missing index hardly shows.
constexpr std::size_t kSelectiveShare = 20;
constexpr std::chrono::days kMonth{30};
constexpr std::chrono::days kLong{365};

// --- Values that somebody gave. ---

std::optional<std::string> text_of(const value& from) {
    if (!from.is_string() || from.get_string().size() > kTextMax) return {};
    std::string out(from.get_string());
    if (out.contains('\0')) return {};
    return out;
}

std::optional<base::Uuid> uuid_of(const value& from) {
    return from.is_string() ? base::parse_uuid(from.get_string()) : std::nullopt;
}

std::optional<base::Time> time_of(const value& from) {
    return from.is_string() ? base::parse_iso(from.get_string()) : std::nullopt;
}

std::optional<std::string> bytes_of(const value& from) {
    return from.is_string() ? base::from_hex(from.get_string()) : std::nullopt;
}

std::optional<std::int64_t> integer_of(const value& from) {
    if (from.is_int64()) return from.get_int64();
    return {};
}

template <class Read>
auto list_of(const value& from, Read read) -> std::optional<std::vector<typename decltype(read(from))::value_type>> {
    if (!from.is_array() || from.get_array().size() > kListMax) return {};
    std::vector<typename decltype(read(from))::value_type> out;
    for (const value& one : from.get_array()) {
        auto element = read(one);
        if (!element) return {};
        out.push_back(*std::move(element));
    }
    return out;
}

/// False when it does not fit; `params` is then unchanged.
bool add_given(const value& from, Type type, Params& params) {
    if (from.is_null()) {
        params.null(type);
        return true;
    }
    const auto add = [](auto&& read, auto put) {
        if (read) put(*read);
        return read.has_value();
    };
    switch (type) {
        case Type::text:
            return add(text_of(from), [&](const auto& one) { params.text(one); });
        case Type::uuid:
            return add(uuid_of(from), [&](const auto& one) { params.uuid(one); });
        case Type::timestamptz:
            return add(time_of(from), [&](const auto& one) { params.time(one); });
        case Type::int8:
            return add(integer_of(from), [&](const auto& one) { params.int8(one); });
        case Type::bytea:
            return add(bytes_of(from), [&](const auto& one) { params.bytea(one); });
        case Type::boolean:
            if (from.is_bool()) params.boolean(from.get_bool());
            return from.is_bool();
        case Type::text_array:
            return add(list_of(from, text_of), [&](const std::vector<std::string>& one) { params.text_array(one); });
        case Type::uuid_array:
            return add(list_of(from, uuid_of), [&](const std::vector<base::Uuid>& one) { params.uuid_array(one); });
        default:
            return false;
    }
}

// --- Samples. ---

void add_text_sample(Sample sample, const Account& account, Params& params) {
    switch (sample) {
        case Sample::username:
            params.text(account.username);
            break;
        case Sample::email:
            params.text(account.email);
            break;
        case Sample::x_user:
            params.text(account.x_user_id);
            break;
        case Sample::tag:
            params.text(account.tag);
            break;
        case Sample::author:
            params.text(text::fold(account.author));
            break;
        case Sample::word:
            params.text(account.word);
            break;
        case Sample::zone:
            params.text("UTC");
            break;
        case Sample::sync_type:
            params.text("sync");
            break;
        case Sample::backup:
            params.text("daily-2026-01-01T00-00-00-000Z");
            break;
        case Sample::here:
            params.text("nowhere");
            break;
        default:
            params.null(Type::text);
    }
}

void add_uuid_sample(Sample sample, const Account& account, Params& params) {
    constexpr base::Uuid kLast{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                0xff, 0xff, 0xff}};
    if (sample == Sample::user)
        params.uuid(account.user.uuid);
    else if (sample == Sample::job)
        params.uuid(account.job);
    else if (sample == Sample::last_id)
        params.uuid(kLast);
    else
        params.null(Type::uuid);
}

void add_integer_sample(Sample sample, const Account& account, Params& params) {
    switch (sample) {
        case Sample::version:
            params.int8(std::max<std::int64_t>(account.version - kChanges, 0));
            break;
        case Sample::limit:
            params.int8(kLimit);
            break;
        case Sample::many:
            params.int8(kMany);
            break;
        case Sample::month_days:
            params.int8(kDays);
            break;
        default:
            params.int8(0);
    }
}

void add_time_sample(Sample sample, base::Time now, Params& params) {
    switch (sample) {
        case Sample::now:
            params.time(now);
            break;
        case Sample::month_ago:
            params.time(now - kMonth);
            break;
        case Sample::past:
            params.time(now - kLong);
            break;
        case Sample::future:
            params.time(now + kLong);
            break;
        default:
            params.null(Type::timestamptz);
    }
}

void add_sample(Sample sample, Type type, const Account& account, base::Time now, Params& params) {
    if (sample == Sample::nothing) {
        params.null(type);
        return;
    }
    switch (type) {
        case Type::text:
            return add_text_sample(sample, account, params);
        case Type::uuid:
            return add_uuid_sample(sample, account, params);
        case Type::int8:
            return add_integer_sample(sample, account, params);
        case Type::timestamptz:
            return add_time_sample(sample, now, params);
        case Type::boolean:
            params.boolean(sample == Sample::yes);
            return;
        case Type::bytea:
            params.bytea(std::string(sizeof(base::Digest), '\0'));
            return;
        case Type::uuid_array:
            params.uuid_array(account.bookmark_ids);
            return;
        case Type::text_array:
            params.text_array(sample == Sample::posts ? account.post_ids : std::vector<std::string>{"sync"});
            return;
        default:
            params.null(type);
    }
}

// --- Queries that are made of a filter. ---

/// By the names of their parameters; what is not given is of the account.
struct Wanted {
    bookmarks::Filter filter;
    std::int64_t limit = kLimit;
};

Wanted wanted_of(const Query& query, const Account& account, const object& given) {
    Wanted out;
    for (const Parameter& parameter : query.parameters) {
        const value* const one = given.if_contains(parameter.name);
        switch (parameter.sample) {
            case Sample::category:
                out.filter.category_ids = {one != nullptr ? uuid_of(*one).value_or(base::Uuid()) : account.category};
                break;
            case Sample::tag:
                out.filter.tags = {one != nullptr ? text_of(*one).value_or("") : account.tag};
                break;
            case Sample::author:
                out.filter.author_username = one != nullptr ? text_of(*one).value_or("") : account.author;
                break;
            case Sample::limit:
                if (one != nullptr) out.limit = integer_of(*one).value_or(kLimit);
                break;
            case Sample::word: {
                const std::string text = one != nullptr ? text_of(*one).value_or("") : account.word;
                if (auto parsed = text::parse_query(text, "UTC")) out.filter.query = *std::move(parsed);
                break;
            }
            default:
                break;
        }
    }
    out.filter.is_archived = query.made == Made::page_archived ? std::optional(true) : std::nullopt;
    if (query.made == Made::page_by_author) {
        out.filter.sort = bookmarks::Sort::author;
        out.filter.ascending = true;
    }
    if (query.made == Made::page_with_counts) out.filter.sort = bookmarks::Sort::relevance;
    return out;
}

postgres::Command make(const Query& query, const Account& account, const object& given) {
    const Wanted wanted = wanted_of(query, account, given);
    const bookmarks::sql::Context context{.user = account.user,
                                          .lexeme_prefix = bookmarks::lexeme_prefix(account.search_code),
                                          .categories = account.categories,
                                          .tag_names = account.tag_names,
                                          .overflow = account.overflow};
    const bookmarks::sql::Selection selection(context, wanted.filter);
    const bookmarks::Page page{.limit = wanted.limit};
    switch (query.made) {
        case Made::total:
            return selection.total();
        case Made::facets:
            return selection.facets();
        case Made::page_with_counts:
            return selection.page_with_counts(page, {});
        default:
            return selection.page(page, {});
    }
}

/// Of a query that is made: what its parameters must be beyond their types.
std::string fault_of_made(const Parameter& parameter, const value& given) {
    if (given.is_null()) return "It must have a value";
    if (parameter.sample == Sample::limit) {
        const std::int64_t number = integer_of(given).value_or(0);
        if (number < 1 || number > kLimitMax) return "It must be between 1 and 10000";
    }
    if (parameter.sample == Sample::word && !text::parse_query(*text_of(given), "UTC"))
        return "It has too many terms or characters";
    return {};
}

}  // namespace

std::vector<ArgumentFault> check_arguments(const Query& query, const object& given) {
    std::vector<ArgumentFault> faults;
    for (const auto& [name, one] : given) {
        const auto found = std::ranges::find(query.parameters, std::string_view(name), &Parameter::name);
        if (found == query.parameters.end()) {
            faults.push_back({std::string(name), "The query has no such parameter"});
            continue;
        }
        const Type type = query.type_of(static_cast<std::size_t>(found - query.parameters.begin()));
        Params ignored;
        if (!add_given(one, type, ignored)) {
            faults.push_back({std::string(name), "It must be of type " + std::string(postgres::type_name(type))});
            continue;
        }
        if (query.made == Made::no) continue;
        if (std::string fault = fault_of_made(*found, one); !fault.empty())
            faults.push_back({std::string(name), std::move(fault)});
    }
    return faults;
}

postgres::Command bind(const Query& query, const Account& account, const object& given, base::Time now) {
    if (query.made != Made::no) return make(query, account, given);
    Params params;
    for (std::size_t i = 0; i < query.parameters.size(); ++i) {
        const Type type = query.type_of(i);
        const value* const one = given.if_contains(query.parameters[i].name);
        if (one == nullptr || !add_given(*one, type, params))
            add_sample(query.parameters[i].sample, type, account, now, params);
    }
    return {*query.statement, std::move(params), {}};
}

std::string frequent_word(const std::vector<std::string>& texts) {
    std::map<std::string, std::size_t, std::less<>> counts;
    for (const std::string& one : texts) {
        const std::string folded = text::fold(one);
        std::set<std::string, std::less<>> seen;
        for (const text::Token& token : text::split_tokens(folded)) {
            const std::size_t length = token.end - token.begin;
            if (length >= 2 && length <= kWordBytesMax) seen.insert(folded.substr(token.begin, length));
        }
        for (const std::string& word : seen)
            ++counts[word];
    }
    const std::string* chosen = nullptr;
    std::size_t most = 0;
    const auto is_selective = [&](std::size_t count) { return count * kSelectiveShare <= texts.size(); };
    for (const auto& [word, count] : counts) {
        // Words that stand in most texts only when there are no others.
        const bool better = is_selective(count) && (count > most || !is_selective(most));
        if (chosen != nullptr && !better) continue;
        chosen = &word;
        most = count;
    }
    return chosen == nullptr ? std::string() : *chosen;
}

}  // namespace analyzer

#include "bookmarks/bookmarks_sql.hpp"

#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <utility>

#include "base/json_writer.hpp"
#include "bookmarks/flat_json.hpp"
#include "bookmarks/search_document.hpp"
#include "text/fold.hpp"

namespace bookmarks::sql {
namespace {

using base::JsonWriter;

#define BOOKMARK_COLUMNS                                                                               \
    "b.id, b.version, b.x_tweet_id, b.url, b.content, b.title, b.note, b.lang, b.author_username,"     \
    " b.author_display_name, b.author_avatar_url, b.media, b.links, b.hashtags, b.mentions, b.tags,"   \
    " b.referenced, b.metrics, b.category_id, b.is_archived, b.bookmarked_at, b.bookmarked_at_source," \
    " b.sync_order, b.posted_at, b.post_status, b.source, b.created_at, b.updated_at"

// Lists of texts travel as array literals: unnest would flatten an array of arrays.
const Statement kInsertRows{
    "bookmark.insert_rows",
    "INSERT INTO bookmarks (user_id, id, library_version, x_tweet_id, url, content, title, note, lang,"
    " author_username, author_display_name, author_avatar_url, author_username_folded, author_name_folded, media,"
    " links, hashtags, mentions, tags, referenced, metrics, category_id, is_archived, bookmarked_at,"
    " bookmarked_at_source, sync_order, posted_at, post_status, source, search_vector, search_overflow, created_at,"
    " updated_at)"
    " SELECT $1, r.id, $2 + r.n, r.x_tweet_id, r.url, r.content, r.title, r.note, r.lang, r.author_username,"
    " r.author_display_name, r.author_avatar_url, r.author_username_folded, r.author_name_folded, r.media,"
    " r.links::text[], r.hashtags::text[], r.mentions::text[], r.tags::text[], r.referenced, r.metrics, r.category_id,"
    " r.is_archived, r.bookmarked_at, r.bookmarked_at_source, r.sync_order, r.posted_at, r.post_status, r.source,"
    " r.search_vector, r.search_overflow, r.created_at, r.updated_at"
    " FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],"
    " $11::text[], $12::text[], $13::text[], $14::text[], $15::jsonb[], $16::text[], $17::text[], $18::text[],"
    " $19::text[], $20::jsonb[], $21::jsonb[], $22::uuid[], $23::boolean[], $24::timestamptz[], $25::text[],"
    " $26::bigint[], $27::timestamptz[], $28::text[], $29::text[], $30::tsvector[], $31::boolean[],"
    " $32::timestamptz[], $33::timestamptz[]) WITH ORDINALITY AS r (id, x_tweet_id, url, content, title, note, lang,"
    " author_username, author_display_name, author_avatar_url, author_username_folded, author_name_folded, media,"
    " links, hashtags, mentions, tags, referenced, metrics, category_id, is_archived, bookmarked_at,"
    " bookmarked_at_source, sync_order, posted_at, post_status, source, search_vector, search_overflow, created_at,"
    " updated_at, n)"
    " ON CONFLICT DO NOTHING RETURNING id",
    {Type::uuid,
     Type::int8,
     Type::uuid_array,
     Type::text_array,
     Type::text_array,
     Type::text_array,
     Type::text_array,
     Type::text_array,
     Type::text_array,
     Type::text_array,
     Type::text_array,
     Type::text_array,
     Type::text_array,
     Type::text_array,
     Type::jsonb_array,
     Type::text_array,
     Type::text_array,
     Type::text_array,
     Type::text_array,
     Type::jsonb_array,
     Type::jsonb_array,
     Type::uuid_array,
     Type::boolean_array,
     Type::timestamptz_array,
     Type::text_array,
     Type::int8_array,
     Type::timestamptz_array,
     Type::text_array,
     Type::text_array,
     Type::tsvector_array,
     Type::boolean_array,
     Type::timestamptz_array,
     Type::timestamptz_array},
    Access::write};

const Statement kUpdateRows{
    "bookmark.update_rows",
    "UPDATE bookmarks b SET version = b.version + 1, library_version = $2 + r.n, url = r.url, content = r.content,"
    " title = r.title, note = r.note, lang = r.lang, author_username = r.author_username,"
    " author_display_name = r.author_display_name, author_avatar_url = r.author_avatar_url,"
    " author_username_folded = r.author_username_folded, author_name_folded = r.author_name_folded, media = r.media,"
    " links = r.links::text[], hashtags = r.hashtags::text[], mentions = r.mentions::text[], tags = r.tags::text[],"
    " referenced = r.referenced, metrics = r.metrics, category_id = r.category_id, is_archived = r.is_archived,"
    " bookmarked_at = r.bookmarked_at, bookmarked_at_source = r.bookmarked_at_source, sync_order = r.sync_order,"
    " posted_at = r.posted_at, post_status = r.post_status, source = r.source, search_vector = r.search_vector,"
    " search_overflow = r.search_overflow, created_at = r.created_at, updated_at = r.updated_at"
    " FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],"
    " $11::text[], $12::text[], $13::text[], $14::text[], $15::jsonb[], $16::text[], $17::text[], $18::text[],"
    " $19::text[], $20::jsonb[], $21::jsonb[], $22::uuid[], $23::boolean[], $24::timestamptz[], $25::text[],"
    " $26::bigint[], $27::timestamptz[], $28::text[], $29::text[], $30::tsvector[], $31::boolean[],"
    " $32::timestamptz[], $33::timestamptz[]) WITH ORDINALITY AS r (id, x_tweet_id, url, content, title, note, lang,"
    " author_username, author_display_name, author_avatar_url, author_username_folded, author_name_folded, media,"
    " links, hashtags, mentions, tags, referenced, metrics, category_id, is_archived, bookmarked_at,"
    " bookmarked_at_source, sync_order, posted_at, post_status, source, search_vector, search_overflow, created_at,"
    " updated_at, n)"
    " WHERE b.user_id = $1 AND b.id = r.id",
    kInsertRows.types, Access::write};

const Statement kUpdatePlaces{
    "bookmark.update_places",
    "UPDATE bookmarks b SET version = b.version + 1, library_version = $2 + r.n, category_id = r.category_id,"
    " is_archived = r.is_archived, updated_at = $6"
    " FROM unnest($3::uuid[], $4::uuid[], $5::boolean[]) WITH ORDINALITY AS r (id, category_id, is_archived, n)"
    " WHERE b.user_id = $1 AND b.id = r.id",
    {Type::uuid, Type::int8, Type::uuid_array, Type::uuid_array, Type::boolean_array, Type::timestamptz},
    Access::write};

const Statement kDeleteRows{
    "bookmark.delete_rows",
    "WITH gone AS (DELETE FROM bookmarks b USING unnest($3::uuid[]) WITH ORDINALITY AS r (id, n)"
    "   WHERE b.user_id = $1 AND b.id = r.id RETURNING b.id, b.x_tweet_id, r.n),"
    " marks AS (INSERT INTO deleted_posts (user_id, x_tweet_id, deleted_at)"
    "   SELECT $1, x_tweet_id, $4 FROM gone ON CONFLICT (user_id, x_tweet_id) DO UPDATE SET deleted_at = $4)"
    " INSERT INTO tombstones (user_id, library_version, type, item_id, deleted_at)"
    " SELECT $1, $2 + n, 'bookmark', id::text, $4 FROM gone"
    " ON CONFLICT (user_id, type, item_id)"
    " DO UPDATE SET library_version = excluded.library_version, deleted_at = excluded.deleted_at",
    {Type::uuid, Type::int8, Type::uuid_array, Type::timestamptz},
    Access::write};

/// The columns of a batch, parallel.
struct Columns {
    std::vector<base::Uuid> id;
    std::vector<std::string> x_tweet_id, url, content, author_username, author_display_name, username_folded,
        name_folded, links, hashtags, mentions, tags, at_source, post_status, source, search_vector;
    std::vector<std::optional<std::string>> title, note, lang, avatar, media, referenced, metrics;
    std::vector<std::optional<base::Uuid>> category_id;
    std::vector<std::uint8_t> is_archived, overflow;
    std::vector<base::Time> bookmarked_at, created_at, updated_at;
    std::vector<std::optional<base::Time>> posted_at;
    std::vector<std::int64_t> sync_order;

    void add(const Bookmark& row, std::string_view prefix, base::Time updated);
    [[nodiscard]] postgres::Params params(base::UserId user, std::int64_t library_version) const;
};

void Columns::add(const Bookmark& row, std::string_view prefix, base::Time updated) {
    const Draft& draft = row.draft;
    const text::SearchVector vector = search_vector_of({.content = draft.content,
                                                        .title = draft.title,
                                                        .note = draft.note,
                                                        .author_username = draft.author_username,
                                                        .author_display_name = draft.author_display_name,
                                                        .tags = draft.tags,
                                                        .hashtags = draft.hashtags},
                                                       prefix);
    id.push_back(row.id.uuid);
    x_tweet_id.push_back(draft.x_tweet_id);
    url.push_back(draft.url);
    content.push_back(draft.content);
    title.push_back(draft.title);
    note.push_back(draft.note);
    lang.push_back(draft.lang);
    author_username.push_back(draft.author_username);
    author_display_name.push_back(draft.author_display_name);
    avatar.push_back(draft.author_avatar_url);
    username_folded.push_back(text::fold(draft.author_username));
    name_folded.push_back(text::fold(draft.author_display_name));
    media.emplace_back(write_media(draft.media));
    links.push_back(postgres::array_literal(draft.links));
    hashtags.push_back(postgres::array_literal(draft.hashtags));
    mentions.push_back(postgres::array_literal(draft.mentions));
    tags.push_back(postgres::array_literal(draft.tags));
    referenced.emplace_back(write_references(draft.referenced));
    metrics.push_back(draft.metrics ? std::optional(write_metrics(*draft.metrics)) : std::nullopt);
    category_id.push_back(row.category_id);
    is_archived.push_back(draft.is_archived);
    bookmarked_at.push_back(draft.bookmarked_at.value_or(row.created_at));
    at_source.emplace_back(to_string(draft.bookmarked_at_source));
    sync_order.push_back(row.sync_order);
    posted_at.push_back(draft.posted_at);
    post_status.emplace_back(to_string(draft.post_status));
    source.push_back(draft.source);
    search_vector.push_back(vector.binary);
    overflow.push_back(vector.overflow);
    created_at.push_back(row.created_at);
    updated_at.push_back(updated);
}

postgres::Params Columns::params(base::UserId user, std::int64_t library_version) const {
    postgres::Params out;
    out.uuid(user.uuid).int8(library_version).uuid_array(id).text_array(x_tweet_id).text_array(url);
    out.text_array(content).text_array(title).text_array(note).text_array(lang).text_array(author_username);
    out.text_array(author_display_name)
        .text_array(avatar)
        .text_array(username_folded)
        .text_array(name_folded);
    out.jsonb_array(media).text_array(links).text_array(hashtags).text_array(mentions).text_array(tags);
    out.jsonb_array(referenced).jsonb_array(metrics).uuid_array(category_id).boolean_array(is_archived);
    out.time_array(bookmarked_at).text_array(at_source).int8_array(sync_order).time_array(posted_at);
    out.text_array(post_status).text_array(source).tsvector_array(search_vector).boolean_array(overflow);
    out.time_array(created_at).time_array(updated_at);
    return out;
}

std::optional<std::string> text_of(const boost::json::object& object, std::string_view name) {
    const boost::json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    return std::string(value->get_string());
}

std::optional<std::int64_t> number_of(const boost::json::object& object, std::string_view name) {
    const boost::json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_int64()) return {};
    return value->get_int64();
}

/// A value whose parts lie in one piece of memory, for a few small objects on the stack.
class Parsed {
public:
    explicit Parsed(std::string_view json)
        : memory_(buffer_.data(), buffer_.size()), value_(boost::json::parse(json, &memory_)) {}
    [[nodiscard]] const boost::json::value& value() const { return value_; }

private:
    std::array<unsigned char, 2048> buffer_;
    boost::json::monotonic_resource memory_;
    boost::json::value value_;
};

template <class Take>
void each_object(std::string_view json, Take take) {
    if (json.size() <= 2) return;  // `[]`
    const Parsed parsed(json);
    const boost::json::value& value = parsed.value();
    for (const boost::json::value& item : value.as_array())
        take(item.as_object());
}

std::vector<Media> parse_media(std::string_view json) {
    std::vector<Media> out;
    each_object(json, [&out](const boost::json::object& item) {
        out.push_back({.type = text_of(item, "type").value_or("photo"),
                       .url = text_of(item, "url").value_or(""),
                       .preview_url = text_of(item, "previewUrl"),
                       .alt_text = text_of(item, "altText"),
                       .width = number_of(item, "width"),
                       .height = number_of(item, "height"),
                       .duration_ms = number_of(item, "durationMs")});
    });
    return out;
}

std::vector<Reference> parse_references(std::string_view json) {
    std::vector<Reference> out;
    each_object(json, [&out](const boost::json::object& item) {
        out.push_back({text_of(item, "type").value_or(""), text_of(item, "id").value_or("")});
    });
    return out;
}

Metrics parse_metrics(std::string_view json) {
    const Parsed parsed(json);
    const boost::json::object& object = parsed.value().as_object();
    Metrics metrics{.likes = number_of(object, "likes"),
                    .reposts = number_of(object, "reposts"),
                    .replies = number_of(object, "replies"),
                    .quotes = number_of(object, "quotes"),
                    .bookmarks = number_of(object, "bookmarks"),
                    .views = number_of(object, "views"),
                    .at = {}};
    if (const auto at = text_of(object, "at")) metrics.at = base::parse_iso(*at);
    return metrics;
}

std::optional<std::int64_t> number_of(const FlatMember& member) {
    std::int64_t number = 0;
    const char* const end = member.text.data() + member.text.size();
    const auto read = std::from_chars(member.text.data(), end, number);
    if (member.is_text || read.ec != std::errc() || read.ptr != end) return {};
    return number;
}

void set(Media& media, const FlatMember& member) {
    const auto put_text = [&member](auto& to) {
        if (member.is_text) to = member.text;
    };
    if (member.name == "type") return put_text(media.type);
    if (member.name == "url") return put_text(media.url);
    if (member.name == "previewUrl") return put_text(media.preview_url);
    if (member.name == "altText") return put_text(media.alt_text);
    if (member.name == "width") media.width = number_of(member);
    if (member.name == "height") media.height = number_of(member);
    if (member.name == "durationMs") media.duration_ms = number_of(member);
}

void set(Reference& reference, const FlatMember& member) {
    if (!member.is_text) return;
    if (member.name == "type") reference.type = member.text;
    if (member.name == "id") reference.id = member.text;
}

void set(Metrics& metrics, const FlatMember& member) {
    if (member.name == "at" && member.is_text) metrics.at = base::parse_iso(member.text);
    if (member.name == "likes") metrics.likes = number_of(member);
    if (member.name == "reposts") metrics.reposts = number_of(member);
    if (member.name == "replies") metrics.replies = number_of(member);
    if (member.name == "quotes") metrics.quotes = number_of(member);
    if (member.name == "bookmarks") metrics.bookmarks = number_of(member);
    if (member.name == "views") metrics.views = number_of(member);
}

/// The objects of a column, each begun as `blank`; nothing: not of the usual form.
template <class T>
std::optional<std::vector<T>> read_flat(std::string_view json, const T& blank) {
    std::vector<T> out;
    T item = blank;
    FlatReader reader(json);
    while (true) {
        switch (reader.next()) {
            case FlatReader::Step::member:
                set(item, reader.member());
                break;
            case FlatReader::Step::end_of_object:
                out.push_back(std::exchange(item, blank));
                break;
            case FlatReader::Step::end:
                return out;
            case FlatReader::Step::other:
                return {};
        }
    }
}

std::vector<Media> read_media(std::string_view json) {
    if (json.size() <= 2) return {};  // `[]`
    auto found = read_flat(json, Media{.type = "photo", .url = ""});
    return found ? std::move(*found) : parse_media(json);
}

std::vector<Reference> read_references(std::string_view json) {
    if (json.size() <= 2) return {};
    auto found = read_flat(json, Reference{});
    return found ? std::move(*found) : parse_references(json);
}

Metrics read_metrics(std::string_view json) {
    const auto found = read_flat(json, Metrics{});
    return found && found->size() == 1 ? found->front() : parse_metrics(json);
}

}  // namespace

const std::string_view kColumns = BOOKMARK_COLUMNS;

const Statement kLockLibrary{"library.lock",
                             "SELECT version, search_code FROM library WHERE user_id = $1 FOR UPDATE",
                             {Type::uuid},
                             Access::write};

const Statement kSelectLibrary{
    "library.select",
    "SELECT version, search_code, active_count, archived_count FROM library WHERE user_id = $1",
    {Type::uuid},
    Access::read};

const Statement kKeepPlans{"bookmark.keep_plans",
                           "SELECT set_config('plan_cache_mode', 'force_generic_plan', true),"
                           " set_config('work_mem', '16MB', true)",
                           {},
                           Access::read};

// One look into a unique index for each element of the array, see docs/decisions/011-rows-by-key.md.
#define BY_POSTS                                                                                       \
    " FROM (SELECT DISTINCT unnest($2::text[])) AS p (id) CROSS JOIN LATERAL (SELECT * FROM bookmarks" \
    " WHERE user_id = $1 AND x_tweet_id = p.id OFFSET 0) AS b"

// `reltuples` is -1 before the first count, and 0 after one that found nothing.
const Statement kSelectUncounted{
    "bookmark.select_uncounted",
    "SELECT c.relname::text FROM pg_class c WHERE c.oid IN ('bookmarks'::regclass, 'x_bookmarks'::regclass)"
    " AND c.reltuples <= 0",
    {},
    Access::read};

const Statement kAnalyzeBookmarks{"bookmark.analyze", "ANALYZE bookmarks", {}, Access::write};

const Statement kAnalyzeXBookmarks{"bookmark.analyze_x", "ANALYZE x_bookmarks", {}, Access::write};

const Statement kSelectByIds{"bookmark.select_by_ids",
                             "SELECT " BOOKMARK_COLUMNS
                             ", (SELECT l.version FROM library l WHERE l.user_id = $1)"
                             " FROM unnest($2::uuid[]) AS p (id) CROSS JOIN LATERAL"
                             " (SELECT * FROM bookmarks WHERE user_id = $1 AND id = p.id OFFSET 0) AS b",
                             {Type::uuid, Type::uuid_array},
                             Access::read};

const Statement kSelectByPosts{"bookmark.select_by_posts",
                               "SELECT " BOOKMARK_COLUMNS BY_POSTS,
                               {Type::uuid, Type::text_array},
                               Access::read};

const Statement kSelectIdsByPosts{"bookmark.select_ids_by_posts",
                                  "SELECT b.id, b.x_tweet_id" BY_POSTS,
                                  {Type::uuid, Type::text_array},
                                  Access::read};

const Statement kForgetDeleted{"bookmark.forget_deleted",
                               "DELETE FROM deleted_posts WHERE ctid = ANY(ARRAY(SELECT d.ctid"
                               " FROM unnest($2::text[]) AS p (id) CROSS JOIN LATERAL"
                               " (SELECT ctid FROM deleted_posts WHERE user_id = $1 AND x_tweet_id = p.id"
                               "   OFFSET 0) AS d))",
                               {Type::uuid, Type::text_array},
                               Access::write};

const Statement kForgetTombstones{
    "bookmark.forget_tombstones",
    "DELETE FROM tombstones WHERE ctid = ANY(ARRAY(SELECT t.ctid FROM unnest($2::text[]) AS p (id)"
    " CROSS JOIN LATERAL (SELECT ctid FROM tombstones"
    "   WHERE user_id = $1 AND type = 'bookmark' AND item_id = p.id OFFSET 0) AS t))",
    {Type::uuid, Type::text_array},
    Access::write};

const Statement kSelectTagNames{
    "tag.select_names", "SELECT name FROM tags WHERE user_id = $1", {Type::uuid}, Access::read};

const Statement kSelectOverflow{"bookmark.select_overflow",
                                "SELECT " BOOKMARK_COLUMNS
                                " FROM bookmarks b WHERE b.user_id = $1 AND b.search_overflow",
                                {Type::uuid},
                                Access::read};

Bookmark read_bookmark(const postgres::Row& row) {
    Bookmark out;
    out.id = {row.uuid(0)};
    out.version = row.integer(1);
    Draft& draft = out.draft;
    draft.x_tweet_id = row.text(2);
    draft.url = row.text(3);
    draft.content = row.text(4);
    draft.title = row.maybe_text(5);
    draft.note = row.maybe_text(6);
    draft.lang = row.maybe_text(7);
    draft.author_username = row.text(8);
    draft.author_display_name = row.text(9);
    draft.author_avatar_url = row.maybe_text(10);
    draft.media = read_media(row.json(11));
    draft.links = row.texts(12);
    draft.hashtags = row.texts(13);
    draft.mentions = row.texts(14);
    draft.tags = row.texts(15);
    draft.referenced = read_references(row.json(16));
    if (!row.is_null(17)) draft.metrics = read_metrics(row.json(17));
    out.category_id = row.maybe_uuid(18);
    draft.is_archived = row.boolean(19);
    draft.bookmarked_at = row.time(20);
    draft.bookmarked_at_source =
        parse_bookmarked_at_source(row.text(21)).value_or(BookmarkedAtSource::first_seen);
    out.sync_order = row.integer(22);
    draft.posted_at = row.maybe_time(23);
    draft.post_status = parse_post_status(row.text(24)).value_or(PostStatus::unknown);
    draft.source = row.text(25);
    out.created_at = row.time(26);
    out.updated_at = row.time(27);
    return out;
}

struct RowBatch::Columns : sql::Columns {};

RowBatch::RowBatch() : columns_(std::make_unique<Columns>()) {}
RowBatch::~RowBatch() = default;
RowBatch::RowBatch(RowBatch&&) noexcept = default;
RowBatch& RowBatch::operator=(RowBatch&&) noexcept = default;

void RowBatch::add(const Bookmark& row, std::string_view lexeme_prefix) {
    columns_->add(row, lexeme_prefix, row.updated_at);
}

postgres::Command RowBatch::insert(base::UserId user, std::int64_t library_version) const {
    return {kInsertRows, columns_->params(user, library_version), {}};
}

postgres::Command insert_rows(base::UserId user, std::int64_t library_version, std::string_view lexeme_prefix,
                              std::span<const Bookmark> rows) {
    RowBatch batch;
    for (const Bookmark& row : rows)
        batch.add(row, lexeme_prefix);
    return batch.insert(user, library_version);
}

postgres::Command update_rows(base::UserId user, std::int64_t library_version, std::string_view lexeme_prefix,
                              std::span<const Bookmark> rows, base::Time now) {
    Columns columns;
    for (const Bookmark& row : rows)
        columns.add(row, lexeme_prefix, now);
    return {kUpdateRows, columns.params(user, library_version), {}};
}

postgres::Command update_places(base::UserId user, std::int64_t library_version,
                                std::span<const Bookmark> rows, base::Time now) {
    std::vector<base::Uuid> ids;
    std::vector<std::optional<base::Uuid>> categories;
    std::vector<std::uint8_t> archived;
    for (const Bookmark& row : rows) {
        ids.push_back(row.id.uuid);
        categories.push_back(row.category_id);
        archived.push_back(row.draft.is_archived);
    }
    postgres::Params params;
    params.uuid(user.uuid).int8(library_version).uuid_array(ids).uuid_array(categories);
    params.boolean_array(archived).time(now);
    return {kUpdatePlaces, std::move(params), {}};
}

postgres::Command delete_rows(base::UserId user, std::int64_t library_version,
                              std::span<const base::Uuid> ids, base::Time now) {
    postgres::Params params;
    params.uuid(user.uuid).int8(library_version).uuid_array(ids).time(now);
    return {kDeleteRows, std::move(params), {}};
}

std::span<const Statement* const> all() {
    static constexpr std::array kAll{
        &kLockLibrary,      &kSelectLibrary,    &kSelectByIds,      &kKeepPlans,      &kSelectByPosts,
        &kSelectIdsByPosts, &kForgetDeleted,    &kForgetTombstones, &kSelectTagNames, &kSelectOverflow,
        &kInsertRows,       &kUpdateRows,       &kUpdatePlaces,     &kDeleteRows,     &kSelectUncounted,
        &kAnalyzeBookmarks, &kAnalyzeXBookmarks};
    return kAll;
}

std::string write_media(std::span<const Media> media) {
    std::string out;
    JsonWriter json(out);
    json.begin_array();
    for (const Media& item : media) {
        json.begin_object()
            .member("type", item.type)
            .member("url", item.url)
            .member("previewUrl", item.preview_url);
        json.member("altText", item.alt_text).member("width", item.width).member("height", item.height);
        json.member("durationMs", item.duration_ms).end_object();
    }
    json.end_array();
    return out;
}

std::string write_references(std::span<const Reference> references) {
    std::string out;
    JsonWriter json(out);
    json.begin_array();
    for (const Reference& item : references)
        json.begin_object().member("type", item.type).member("id", item.id).end_object();
    json.end_array();
    return out;
}

std::string write_metrics(const Metrics& metrics) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().member("likes", metrics.likes).member("reposts", metrics.reposts);
    json.member("replies", metrics.replies).member("quotes", metrics.quotes);
    json.member("bookmarks", metrics.bookmarks)
        .member("views", metrics.views)
        .member("at", metrics.at)
        .end_object();
    return out;
}

}  // namespace bookmarks::sql

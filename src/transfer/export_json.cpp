// Exports as JSON and NDJSON (contract 6.1).
#include <algorithm>
#include <array>

#include "bookmarks/bookmarks_sql.hpp"
#include "transfer/export_writer.hpp"

namespace transfer {
namespace {

using base::JsonWriter;
using bookmarks::Bookmark;
using categories::Category;

constexpr std::string_view kVersion = "2.0.0";
constexpr std::size_t kIndent = 2;

void write_metadata(JsonWriter& json, const ExportParts& parts) {
    json.member("exportedAt", parts.exported_at).member("userId", parts.user).member("version", kVersion);
    json.member("totalRecords", parts.record_count()).member("format", to_string(parts.options.format));
    json.key("options").raw(write_export_options(parts.options));
}

void write_category(JsonWriter& json, const Category& category) {
    json.member("id", category.id).member("name", category.name).member("description", category.description);
    json.member("color", category.color)
        .member("icon", category.icon)
        .member("parent_id", category.parent_id);
    json.member("order", category.order).member("is_default", category.is_default);
    json.member("created_at", category.created_at).member("updated_at", category.updated_at);
}

void write_tag(JsonWriter& json, const ExportedTag& tag) {
    json.member("name", tag.name).member("color", tag.color);
}

void write_search(JsonWriter& json, const ExportedSearch& search) {
    json.member("id", search.id).key("query").raw(search.query);
    json.member("result_count", search.result_count).member("execution_time", search.execution_ms);
    json.member("created_at", search.created_at);
}

void write_saved_search(JsonWriter& json, const search::SavedSearch& saved) {
    json.member("id", saved.id).member("name", saved.name).key("query").raw(saved.query);
    json.member("order", saved.order).member("pinned", saved.pinned);
    json.member("created_at", saved.created_at).member("updated_at", saved.updated_at);
}

class JsonExport final : public ExportWriter {
public:
    explicit JsonExport(const ExportParts& parts) : parts_(parts) {}

    void begin(std::string& out) override {
        out += "{\n  \"metadata\": ";
        object(out, 1, [this](JsonWriter& json) { write_metadata(json, parts_); });
        if (parts_.options.bookmarks) open(out, "bookmarks");
    }

    void bookmark(const Bookmark& bookmark, std::string& out) override {
        element(out, [&](JsonWriter& json) { write_export_members(json, bookmark, parts_); });
    }

    void end(std::string& out) override {
        if (parts_.options.bookmarks) close(out);
        const ExportOptions& options = parts_.options;
        if (options.categories) list(out, "categories", parts_.categories, write_category);
        if (options.search_history) list(out, "searchHistory", parts_.searches, write_search);
        if (options.tags) {
            open(out, "tags");
            for (const ExportedTag& tag : parts_.tags) {
                comma(out);
                base::append_json_string(out, tag.name);
            }
            close(out);
            list(out, "tagDetails", parts_.tags, write_tag);
        }
        if (options.saved_searches) list(out, "savedSearches", parts_.saved_searches, write_saved_search);
        if (options.settings) {
            out += ",\n  \"settings\": ";
            append_indented(out, parts_.settings, 1);
        }
        out += "\n}\n";
    }

private:
    template <class Members>
    void object(std::string& out, std::size_t depth, Members members) {
        compact_.clear();
        JsonWriter json(compact_);
        json.begin_object();
        members(json);
        json.end_object();
        append_indented(out, compact_, depth);
    }
    void open(std::string& out, std::string_view name) {
        out += ",\n  \"";
        out += name;
        out += "\": [";
        is_empty_ = true;
    }
    void comma(std::string& out) {
        if (!is_empty_) out += ',';
        is_empty_ = false;
        out += "\n    ";
    }
    void close(std::string& out) const { out += is_empty_ ? "]" : "\n  ]"; }
    template <class Members>
    void element(std::string& out, Members members) {
        comma(out);
        object(out, 2, members);
    }
    template <class Items, class Write>
    void list(std::string& out, std::string_view name, const Items& items, Write write) {
        open(out, name);
        for (const auto& item : items)
            element(out, [&](JsonWriter& json) { write(json, item); });
        close(out);
    }

    const ExportParts& parts_;
    std::string compact_;
    bool is_empty_ = true;
};

class NdjsonExport final : public ExportWriter {
public:
    explicit NdjsonExport(const ExportParts& parts) : parts_(parts) {}

    void begin(std::string& out) override {
        line(out, "metadata", [this](JsonWriter& json) { write_metadata(json, parts_); });
        const ExportOptions& options = parts_.options;
        if (options.settings) {
            out += R"({"type":"settings")";
            if (parts_.settings.size() > 2) out += ',';
            out.append(parts_.settings, 1);
            out += '\n';
        }
        if (options.categories) lines(out, "category", parts_.categories, write_category);
        if (options.tags) lines(out, "tag", parts_.tags, write_tag);
        if (options.saved_searches) lines(out, "savedSearch", parts_.saved_searches, write_saved_search);
        if (options.search_history) lines(out, "searchHistory", parts_.searches, write_search);
    }

    void bookmark(const Bookmark& bookmark, std::string& out) override {
        line(out, "bookmark", [&](JsonWriter& json) { write_export_members(json, bookmark, parts_); });
    }

    void end(std::string& /*out*/) override {}

private:
    template <class Members>
    static void line(std::string& out, std::string_view type, Members members) {
        JsonWriter json(out);
        json.begin_object().member("type", type);
        members(json);
        json.end_object();
        out += '\n';
    }
    template <class Items, class Write>
    static void lines(std::string& out, std::string_view type, const Items& items, Write write) {
        for (const auto& item : items)
            line(out, type, [&](JsonWriter& json) { write(json, item); });
    }

    const ExportParts& parts_;
};

}  // namespace

std::unique_ptr<ExportWriter> make_json_writer(const ExportParts& parts) {
    return std::make_unique<JsonExport>(parts);
}

std::unique_ptr<ExportWriter> make_ndjson_writer(const ExportParts& parts) {
    return std::make_unique<NdjsonExport>(parts);
}

void write_export_members(JsonWriter& json, const Bookmark& bookmark, const ExportParts& parts) {
    const bookmarks::Draft& draft = bookmark.draft;
    json.member("id", bookmark.id).member("x_tweet_id", draft.x_tweet_id).member("content", draft.content);
    json.member("author_username", draft.author_username);
    json.member("author_display_name", draft.author_display_name);
    json.member("author_avatar_url", draft.author_avatar_url).key("media_urls").begin_array();
    for (const bookmarks::Media& media : draft.media)
        json.value(media.url);
    json.end_array().member("links", draft.links).member("hashtags", draft.hashtags);
    json.member("mentions", draft.mentions)
        .member("tags", draft.tags)
        .member("is_archived", draft.is_archived);
    json.member("bookmarked_at", draft.bookmarked_at).member("created_at", bookmark.created_at);
    json.member("updated_at", bookmark.updated_at);
    const Category* category = parts.category_of(bookmark);
    const auto of_category = [&](std::string_view name, std::string Category::* text) {
        json.key(name);
        if (category == nullptr)
            json.null();
        else
            json.value(category->*text);
    };
    of_category("category_name", &Category::name);
    of_category("category_color", &Category::color);
    of_category("category_icon", &Category::icon);
    json.member("category_id", bookmark.category_id).key("category_path");
    if (category == nullptr)
        json.raw("[]");
    else
        json.value(parts.path_of(*category));
    json.member("url", draft.url).member("title", draft.title).member("note", draft.note);
    json.member("posted_at", draft.posted_at).member("lang", draft.lang);
    json.member("post_status", to_string(draft.post_status));
    json.member("bookmarked_at_source", to_string(draft.bookmarked_at_source));
    json.member("source", draft.source);
    json.key("media").raw(draft.media.empty() ? "[]" : bookmarks::sql::write_media(draft.media));
    json.key("referenced")
        .raw(draft.referenced.empty() ? "[]" : bookmarks::sql::write_references(draft.referenced));
    json.key("metrics").raw(draft.metrics ? bookmarks::sql::write_metrics(*draft.metrics) : "null");
}

void append_indented(std::string& out, std::string_view json, std::size_t depth) {
    const auto new_line = [&out, &depth] { out.append("\n").append(depth * kIndent, ' '); };
    bool in_text = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (in_text) {
            // Up to the next quote or escape in one go.
            const std::size_t end = std::min(json.find_first_of("\"\\", i), json.size() - 1);
            out.append(json, i, end - i + 1);
            i = end;
            if (json[end] == '"') in_text = false;
            if (json[end] == '\\' && i + 1 < json.size()) out += json[++i];
            continue;
        }
        const bool opens = c == '{' || c == '[';
        if (opens && i + 1 < json.size() && (json[i + 1] == '}' || json[i + 1] == ']')) {
            out += c;
            out += json[++i];
        } else if (opens) {
            out += c;
            ++depth;
            new_line();
        } else if (c == '}' || c == ']') {
            --depth;
            new_line();
            out += c;
        } else if (c == ',') {
            out += c;
            new_line();
        } else if (c == ':') {
            out += ": ";
        } else {
            out += c;
            in_text = c == '"';
        }
    }
}

}  // namespace transfer

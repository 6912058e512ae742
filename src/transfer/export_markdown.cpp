// Exports as Markdown: a file per bookmark and an index (contract 6.1).
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "transfer/export_writer.hpp"

namespace transfer {
namespace {

using bookmarks::Bookmark;

std::string date(base::Time at) {
    return base::to_iso(at).substr(0, 10);
}

}  // namespace

std::string markdown_name(const Bookmark& bookmark) {
    const std::string day = date(bookmark.draft.bookmarked_at.value_or(bookmark.created_at));
    std::string id = bookmark.draft.x_tweet_id;
    for (char& c : id) {
        const bool is_plain =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
        if (!is_plain) c = '_';
    }
    return day.substr(0, 4) + "/" + day + "-" + id + ".md";
}

void write_markdown(const ExportParts& parts, const Bookmark& bookmark, std::string& out) {
    std::string json;
    base::JsonWriter writer(json);
    writer.begin_object();
    write_export_members(writer, bookmark, parts);
    writer.end_object();
    out += "---\n";
    // JSON is YAML (yaml.org, "YAML 1.2", 1.2): each member becomes a line of its own.
    const boost::json::value front_matter = boost::json::parse(json);
    for (const auto& [key, value] : front_matter.get_object()) {
        if (key == "content") continue;
        out += key;
        out += ": " + boost::json::serialize(value) + "\n";
    }
    out += "---\n\n" + bookmark.draft.content + "\n";
}

void write_markdown_index_head(const ExportParts& parts, std::string& out) {
    out += "# Bookmarks\n\nExported on " + date(parts.exported_at) + ": " + std::to_string(parts.bookmarks) +
           (parts.bookmarks == 1 ? " bookmark" : " bookmarks") + ", newest first.\n\n";
}

void write_markdown_index_line(const Bookmark& bookmark, std::string& out) {
    out += "- " + date(bookmark.draft.bookmarked_at.value_or(bookmark.created_at)) + " [";
    for (const char c : "@" + bookmark.draft.author_username + ": " + heading(bookmark)) {
        if (std::string_view("\\[]*_`<>").contains(c)) out += '\\';
        out += c;
    }
    out += "](" + markdown_name(bookmark) + ")\n";
}

}  // namespace transfer

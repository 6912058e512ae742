// Exports as CSV (RFC 4180; contract 6.1).
#include <algorithm>
#include <array>

#include "transfer/export_writer.hpp"

namespace transfer {
namespace {

using bookmarks::Bookmark;

constexpr std::array<std::string_view, 25> kColumns{"ID",
                                                    "Content",
                                                    "Author Username",
                                                    "Author Display Name",
                                                    "Category",
                                                    "Tags",
                                                    "Hashtags",
                                                    "Mentions",
                                                    "Links",
                                                    "Media URLs",
                                                    "Bookmarked At",
                                                    "Created At",
                                                    "Updated At",
                                                    "X Tweet ID",
                                                    "URL",
                                                    "Title",
                                                    "Note",
                                                    "Posted At",
                                                    "Author Avatar URL",
                                                    "Is Archived",
                                                    "Category Path",
                                                    "Language",
                                                    "Post Status",
                                                    "Bookmarked At Source",
                                                    "Source"};

std::string joined(const std::vector<std::string>& texts, std::string_view separator) {
    std::string out;
    for (const std::string& text : texts) {
        if (!out.empty()) out += separator;
        out += text;
    }
    return out;
}

/// Whether a spreadsheet might take the cell for a formula, or the importer the guard of another for its own.
bool needs_guard(std::string_view cell) {
    const std::size_t first = cell.find_first_not_of('\'');
    return first != std::string_view::npos && std::string_view("=+-@\t\r").contains(cell[first]);
}

class CsvExport final : public ExportWriter {
public:
    explicit CsvExport(const ExportParts& parts)
        : parts_(parts), special_(std::string("\"\r\n") + parts.options.csv_delimiter) {}

    void begin(std::string& out) override {
        if (parts_.options.csv_bom) out += "\xEF\xBB\xBF";
        for (const std::string_view name : kColumns)
            cell(name, out);
        end_row(out);
    }

    void bookmark(const Bookmark& bookmark, std::string& out) override {
        const bookmarks::Draft& draft = bookmark.draft;
        const categories::Category* category = parts_.category_of(bookmark);
        cell(base::to_string(bookmark.id.uuid), out);
        cell(draft.content, out);
        cell(draft.author_username, out);
        cell(draft.author_display_name, out);
        cell(category == nullptr ? "" : category->name, out);
        for (const auto* list : {&draft.tags, &draft.hashtags, &draft.mentions, &draft.links})
            cell(joined(*list, ", "), out);
        std::vector<std::string> media;
        for (const bookmarks::Media& one : draft.media)
            media.push_back(one.url);
        cell(joined(media, ", "), out);
        time(draft.bookmarked_at, out);
        time(bookmark.created_at, out);
        time(bookmark.updated_at, out);
        cell(draft.x_tweet_id, out);
        cell(draft.url, out);
        cell(draft.title.value_or(""), out);
        cell(draft.note.value_or(""), out);
        time(draft.posted_at, out);
        cell(draft.author_avatar_url.value_or(""), out);
        cell(draft.is_archived ? "true" : "false", out);
        cell(category == nullptr ? "" : joined(parts_.path_of(*category), " / "), out);
        cell(draft.lang.value_or(""), out);
        cell(to_string(draft.post_status), out);
        cell(to_string(draft.bookmarked_at_source), out);
        cell(draft.source, out);
        end_row(out);
    }

    void end(std::string& /*out*/) override {}

private:
    void cell(std::string_view text, std::string& out) {
        if (!is_first_) out += parts_.options.csv_delimiter;
        is_first_ = false;
        const bool is_guarded = needs_guard(text);
        if (text.find_first_of(special_) == std::string_view::npos) {
            if (is_guarded) out += '\'';
            out += text;
            return;
        }
        out += '"';
        if (is_guarded) out += '\'';
        for (const char c : text) {
            if (c == '"') out += '"';
            out += c;
        }
        out += '"';
    }
    void time(const std::optional<base::Time>& at, std::string& out) {
        cell(at ? base::to_iso(*at) : std::string(), out);
    }
    void end_row(std::string& out) {
        out += '\n';
        is_first_ = true;
    }

    const ExportParts& parts_;
    std::string special_;  ///< characters for which a cell is quoted
    bool is_first_ = true;
};

}  // namespace

std::unique_ptr<ExportWriter> make_csv_writer(const ExportParts& parts) {
    return std::make_unique<CsvExport>(parts);
}

}  // namespace transfer

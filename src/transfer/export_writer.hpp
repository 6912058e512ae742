// How an export is written: a format appends text to a buffer, which its caller empties now and then.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/json_writer.hpp"
#include "bookmarks/bookmarks.hpp"
#include "transfer/export_parts.hpp"

namespace transfer {

/// One file of one export. `begin`, then bookmarks newest first, then `end`.
class ExportWriter {
public:
    ExportWriter() = default;
    ExportWriter(const ExportWriter&) = delete;
    ExportWriter& operator=(const ExportWriter&) = delete;
    virtual ~ExportWriter() = default;
    virtual void begin(std::string& out) = 0;
    virtual void bookmark(const bookmarks::Bookmark& bookmark, std::string& out) = 0;
    virtual void end(std::string& out) = 0;
};

// `parts` outlives the writers (contract 6.1).
[[nodiscard]] std::unique_ptr<ExportWriter> make_json_writer(const ExportParts& parts);
[[nodiscard]] std::unique_ptr<ExportWriter> make_ndjson_writer(const ExportParts& parts);
[[nodiscard]] std::unique_ptr<ExportWriter> make_csv_writer(const ExportParts& parts);

/// The Netscape form is nested: bookmarks come folder by folder. (https://learn.microsoft.com,
/// "Netscape Bookmark File Format")
class HtmlWriter {
public:
    void begin(std::string& out);
    /// Opens a folder inside the open one.
    void begin_folder(const categories::Category& category, std::string& out);
    void bookmark(const bookmarks::Bookmark& bookmark, std::string& out);
    void end_folder(std::string& out);
    void end(std::string& out);

private:
    void indent(std::string& out) const;

    std::size_t depth_ = 1;
};

/// `2026/2026-11-25-1234.md`, unique as the post's id is.
[[nodiscard]] std::string markdown_name(const bookmarks::Bookmark& bookmark);
/// YAML front matter with the keys of the JSON form, then the content.
void write_markdown(const ExportParts& parts, const bookmarks::Bookmark& bookmark, std::string& out);
void write_markdown_index_head(const ExportParts& parts, std::string& out);
void write_markdown_index_line(const bookmarks::Bookmark& bookmark, std::string& out);

/// The members of a bookmark in the order of the contract, in an object that the caller opened.
void write_export_members(base::JsonWriter& json, const bookmarks::Bookmark& bookmark,
                          const ExportParts& parts);
/// The title, else the first line of the content, else the URL.
[[nodiscard]] std::string heading(const bookmarks::Bookmark& bookmark);
/// Appends compact JSON with an indentation of two blanks, as of a value that begins at that depth.
void append_indented(std::string& out, std::string_view json, std::size_t depth);

}  // namespace transfer

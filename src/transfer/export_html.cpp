// Exports as a Netscape bookmark file, which every browser reads (contract 6.1).
#include <algorithm>

#include "transfer/export_writer.hpp"

namespace transfer {
namespace {

using bookmarks::Bookmark;

constexpr std::string_view kHead =
    "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n"
    "<!-- This is an automatically generated file. It will be read and overwritten. DO NOT EDIT! -->\n"
    "<META HTTP-EQUIV=\"Content-Type\" CONTENT=\"text/html; charset=UTF-8\">\n"
    "<TITLE>Bookmarks</TITLE>\n"
    "<H1>Bookmarks</H1>\n"
    "<DL><p>\n";
constexpr std::string_view kArchivedTag = "linkding:bookmarks.archived";
constexpr std::size_t kHeadingLengthMax = 120;  // code points
constexpr std::size_t kIndent = 4;

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c;
    }
    return out;
}

std::string seconds(base::Time at) {
    return std::to_string(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
}

std::string tags_of(const bookmarks::Draft& draft) {
    std::string tags;
    for (const std::string& tag : draft.tags) {
        if (!tags.empty()) tags += ',';
        tags += tag;
    }
    if (draft.is_archived) tags += tags.empty() ? std::string(kArchivedTag) : "," + std::string(kArchivedTag);
    return tags;
}

/// Cut behind `count` code points; the text is valid UTF-8.
std::string shortened(std::string_view text, std::size_t count) {
    std::size_t end = 0;
    for (std::size_t seen = 0; end < text.size(); ++end) {
        const bool is_start = (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U;
        if (is_start && seen++ == count) return std::string(text.substr(0, end)) + "…";
    }
    return std::string(text);
}

}  // namespace

std::string heading(const Bookmark& bookmark) {
    const bookmarks::Draft& draft = bookmark.draft;
    const std::string& text = draft.title && !draft.title->empty() ? *draft.title : draft.content;
    const std::size_t start = std::min(text.find_first_not_of(" \n\t"), text.size());
    const std::string_view line = std::string_view(text).substr(start, text.find('\n', start) - start);
    return line.empty() ? draft.url : shortened(line, kHeadingLengthMax);
}

void HtmlWriter::indent(std::string& out) const {
    out.append(depth_ * kIndent, ' ');
}

void HtmlWriter::begin(std::string& out) {
    out += kHead;
}

void HtmlWriter::begin_folder(const categories::Category& category, std::string& out) {
    indent(out);
    out += "<DT><H3 ADD_DATE=\"" + seconds(category.created_at) + "\" LAST_MODIFIED=\"" +
           seconds(category.updated_at) + "\">" + escaped(category.name) + "</H3>\n";
    indent(out);
    out += "<DL><p>\n";
    ++depth_;
}

void HtmlWriter::end_folder(std::string& out) {
    --depth_;
    indent(out);
    out += "</DL><p>\n";
}

void HtmlWriter::bookmark(const Bookmark& bookmark, std::string& out) {
    const bookmarks::Draft& draft = bookmark.draft;
    indent(out);
    out += "<DT><A HREF=\"" + escaped(draft.url) + "\"";
    if (draft.bookmarked_at) out += " ADD_DATE=\"" + seconds(*draft.bookmarked_at) + "\"";
    out += " LAST_MODIFIED=\"" + seconds(bookmark.updated_at) + R"(" PRIVATE="1" TOREAD="0")";
    if (const std::string tags = tags_of(draft); !tags.empty()) out += " TAGS=\"" + escaped(tags) + "\"";
    out += ">" + escaped(heading(bookmark)) + "</A>\n";
    std::string text = escaped(draft.content);
    if (draft.note && !draft.note->empty())
        text += "[linkding-notes]" + escaped(*draft.note) + "[/linkding-notes]";
    if (text.empty()) return;
    indent(out);
    out += "<DD>" + text + "\n";
}

void HtmlWriter::end(std::string& out) {
    out += "</DL><p>\n";
}

}  // namespace transfer

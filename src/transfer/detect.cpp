// Detection (contract 6.2): signatures first, then the keys of the JSON, then the names of a CSV header.
#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "base/utf8.hpp"
#include "transfer/csv_stream.hpp"
#include "transfer/fields.hpp"
#include "transfer/format.hpp"
#include "transfer/json_path.hpp"
#include "transfer/json_stream.hpp"

namespace transfer {
namespace {

namespace json = boost::json;

constexpr std::size_t kDepthMax = 64;
constexpr std::size_t kPathsMax = 2000;

/// Collects the paths of all keys, and the few texts that tell versions apart.
struct Scout {
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);

    JsonPath path;
    std::string key;
    std::set<std::string, std::less<>> paths;

    void note(const std::string& where) {
        if (paths.size() < kPathsMax) paths.insert(where);
    }
    bool enter(bool array) {
        path.enter(array);
        note(path.text() + (array ? "[" : "{"));
        return true;
    }
    bool leave() {
        path.leave();
        return true;
    }
    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code&) { return enter(false); }
    bool on_object_end(std::size_t, json::error_code&) { return leave(); }
    bool on_array_begin(json::error_code&) { return enter(true); }
    bool on_array_end(std::size_t, json::error_code&) { return leave(); }
    bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
        key.append(part.data(), part.size());
        return true;
    }
    bool on_key(json::string_view part, std::size_t, json::error_code&) {
        key.append(part.data(), part.size());
        path.key(key);
        note(path.of_next());
        key.clear();
        return true;
    }
    bool on_string_part(json::string_view, std::size_t, json::error_code&) { return true; }
    bool on_string(json::string_view, std::size_t, json::error_code&) { return true; }
    bool on_number_part(json::string_view, json::error_code&) { return true; }
    bool on_int64(std::int64_t, json::string_view, json::error_code&) { return true; }
    bool on_uint64(std::uint64_t, json::string_view, json::error_code&) { return true; }
    bool on_double(double, json::string_view, json::error_code&) { return true; }
    bool on_bool(bool, json::error_code&) { return true; }
    bool on_null(json::error_code&) { return true; }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }
};

struct Outline {
    std::set<std::string, std::less<>> paths;
    bool whole = false;   ///< the first JSON value ended within the head
    std::size_t end = 0;  ///< behind it, or where it is malformed
    bool malformed = false;

    [[nodiscard]] bool has(std::string_view path) const { return paths.contains(path); }
    [[nodiscard]] bool has_all(std::initializer_list<std::string_view> list) const {
        return std::ranges::all_of(list, [this](std::string_view path) { return has(path); });
    }
    /// Whether records at `prefix` (such as `[]` or `.bookmarks[]`) have all these keys.
    [[nodiscard]] bool records_have(std::string_view prefix,
                                    std::initializer_list<std::string_view> keys) const {
        return std::ranges::all_of(keys,
                                   [&](std::string_view key) { return has(std::string(prefix) += key); });
    }
    [[nodiscard]] bool any_contains(std::string_view part) const {
        return std::ranges::any_of(paths, [&](const std::string& path) { return path.contains(part); });
    }
};

Outline outline(std::string_view head) {
    json::parse_options options;
    options.max_depth = kDepthMax;
    options.allow_invalid_utf8 = true;
    json::basic_parser<Scout> parser(options);
    json::error_code error;
    const std::size_t used = parser.write_some(true, head.data(), head.size(), error);
    return {.paths = std::move(parser.handler().paths),
            .whole = !error && parser.done(),
            .end = used,
            .malformed = static_cast<bool>(error)};
}

std::string_view skip_blank(std::string_view text) {
    return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

std::string unknown(std::string_view what) {
    return "This is " + std::string(what) + ", which cannot be imported.";
}

struct Signature {
    std::string_view bytes;
    std::string_view what;
};

constexpr std::array kSignatures{
    Signature{"PK\x03\x04", "a zip archive within another file"},
    Signature{"PK\x05\x06", "an empty zip archive"},
    Signature{"7z\xBC\xAF\x27\x1C", "a 7-Zip archive"},
    Signature{"Rar!", "a RAR archive"},
    Signature{"\x28\xB5\x2F\xFD", "a Zstandard file"},
    Signature{"\xFD"
              "7zXZ",
              "an xz file"},
    Signature{"BZh", "a bzip2 file"},
    Signature{"%PDF-", "a PDF document"},
    Signature{"SQLite format 3", "an SQLite database"},
};

/// Text has no NUL, few other control characters, and is mostly UTF-8.
bool is_binary(std::string_view head) {
    if (head.contains('\0')) return true;
    std::size_t strange = 0;
    for (std::size_t position = 0; position < head.size();) {
        bool valid = true;
        const char32_t c = base::next_code_point(head, position, &valid);
        const bool control = c < 0x20 && c != '\t' && c != '\n' && c != '\r';
        strange += !valid || control;
    }
    return strange > 16 && strange * 10 > head.size();
}

std::optional<std::string> refuse_by_content(std::string_view head) {
    for (const Signature& signature : kSignatures)
        if (head.starts_with(signature.bytes)) return unknown(signature.what);
    if (is_binary(head)) return "This is not a text file, but binary data.";
    const std::string_view text = skip_blank(head);
    if (text.empty()) return "The file is empty.";
    return {};
}

constexpr std::string_view kArchivePrefix = "window.YTD.";

/// A Netscape bookmark file; other pages are refused.
std::expected<Detection, std::string> detect_html(std::string_view text) {
    std::string start(text.substr(0, 4096));
    std::ranges::transform(start, start.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c; });
    const bool is_list = start.contains("<dl") && start.contains("<dt");
    if (start.contains("netscape-bookmark") || is_list)
        return Detection{.format = Format::netscape, .shape = Shape::html};
    return std::unexpected(unknown(start.contains("html") ? "a web page (HTML)" : "an XML file"));
}

/// A file of an X archive: `window.YTD.<name>.part<N> = [ … ]`.
std::expected<Detection, std::string> detect_archive(std::string_view text) {
    const std::string_view name =
        text.substr(kArchivePrefix.size(), text.find(".part") - kArchivePrefix.size());
    for (const std::string_view known : {"bookmark", "bookmarks", "like"})
        if (name == known) return Detection{.format = Format::x_archive};
    return std::unexpected("This file of an X archive holds no bookmarks: expected bookmark.js or like.js.");
}

/// Formats of other programs, by keys that no format of ours has.
std::optional<Format> other_program(const Outline& found) {
    if (found.has(".roots") && !found.has(".bookmarks")) return Format::chrome;
    if (found.records_have("[]", {".href", ".extended"})) return Format::pinboard;
    if (found.has(".bookmarks[].content{")) return Format::karakeep;
    for (const std::string_view prefix : {"[]", ""})
        if (found.records_have(prefix, {".authorHandle", ".folderNames"}) ||
            found.records_have(prefix, {".authorHandle", ".syncedAt"}))
            return Format::fieldtheory;
    if (found.records_have("[]", {".tweetId", ".authorHandle"}) ||
        found.records_have(".bookmarks[]", {".handle", ".timestamp"}))
        return Format::siftly;
    return {};
}

bool is_own(const Outline& found) {
    const bool lists = found.has(".bookmarks") || found.has(".categories") || found.has(".tags");
    const bool named = found.has(".metadata.version") || found.has(".metadata.exportedAt");
    return (named && (lists || found.has(".metadata.totalRecords"))) ||
           found.records_have(".bookmarks[]", {".x_tweet_id", ".is_archived"}) ||
           found.records_have(".bookmarks[]", {".xTweetId", ".isArchived"});
}

bool is_graphql(const Outline& found) {
    if (found.any_contains(".instructions[") || found.any_contains(".tweet_results")) return true;
    for (const std::string_view prefix : {"[]", ".tweets[]", ".tweets[].tweet", "[].result", "[].tweet"})
        if (found.records_have(prefix, {".rest_id"})) return true;
    return found.any_contains(".data.bookmark_");
}

bool is_web_exporter(const Outline& found) {
    return found.records_have("[]", {".full_text", ".screen_name"}) ||
           found.records_have("[]", {".id", ".full_text"}) || found.records_have("[]", {".Full Text"}) ||
           found.records_have("[]", {".Tweet Id"});
}

std::string malformed(const Outline& found) {
    return "This looks like JSON, but it is malformed at byte " + std::to_string(found.end + 1) + ".";
}

std::expected<Detection, std::string> detect_lines(const Outline& found) {
    if (found.has(".type") || found.records_have("", {".x_tweet_id", ".is_archived"}))
        return Detection{.format = Format::x_bookmarker, .shape = Shape::lines};
    if (const auto other = other_program(found); other == Format::fieldtheory)
        return Detection{.format = *other, .shape = Shape::lines};
    return Detection{.format = Format::json, .shape = Shape::lines};
}

/// `precise` is false when plain JSON was asked for: then a layout of another program is read by its key
/// names.
std::expected<Detection, std::string> detect_json(std::string_view original, bool complete, bool precise) {
    std::string text;
    SurrogateRepair repair;
    repair.feed(original, text);
    repair.finish(text);
    const Outline found = outline(text);
    if (found.malformed && found.paths.size() < 2) return std::unexpected(malformed(found));
    const bool more_follows = found.whole && !skip_blank(std::string_view(text).substr(found.end)).empty();
    if (text.starts_with('{')) {
        if (more_follows) return detect_lines(found);
        // A single line of our own line format is a whole JSON document as well.
        const bool is_line = found.has(".type") || found.records_have("", {".authorHandle", ".syncedAt"});
        if (complete && found.whole && is_line && !found.has(".bookmarks") && !found.has(".roots"))
            return detect_lines(found);
    }
    if (const auto other = other_program(found); other && precise) return Detection{.format = *other};
    if (is_own(found)) return Detection{.format = Format::x_bookmarker};
    if (is_graphql(found) && !is_web_exporter(found)) return Detection{.format = Format::x_graphql};
    if (is_web_exporter(found)) return Detection{.format = Format::twitter_web_exporter};
    if (found.has("[") || found.has(".bookmarks[")) return Detection{.format = Format::json};
    if (found.malformed) return std::unexpected(malformed(found));
    return std::unexpected(
        "This is JSON, but without bookmarks: expected an array, or an object with \"bookmarks\".");
}

std::vector<std::string> header_names(std::string_view text, char delimiter) {
    std::vector<std::string> names;
    CsvStream stream(
        {.delimiter = delimiter},
        [&](std::int64_t, std::vector<std::string>&& row) {
            if (names.empty()) names = std::move(row);
        },
        [](CsvFault&&) {});
    stream.feed(text.substr(0, text.find('\n')));
    stream.finish();
    for (std::string& name : names)
        name = canonical_name(name);
    return names;
}

/// Formats of other programs, by columns that the generic reading would take for something else.
std::optional<Format> other_program_of(const std::set<std::string, std::less<>>& names) {
    const auto all = [&](std::initializer_list<std::string_view> list) {
        return std::ranges::all_of(list, [&](std::string_view name) { return names.contains(name); });
    };
    if (all({"excerpt", "folder", "cover"})) return Format::raindrop;
    if (all({"tweet_date", "posted_by"}) || all({"tweeted_at", "tweet_url"})) return Format::dewey;
    if (all({"tweet_id", "author_handle"}) || all({"tweet_id", "text", "author", "categories"}))
        return Format::siftly;
    return {};
}

std::optional<std::expected<Detection, std::string>> detect_csv(std::string_view text, char delimiter,
                                                                bool precise) {
    const std::vector<std::string> list = header_names(text, delimiter);
    const std::set<std::string, std::less<>> names(list.begin(), list.end());
    const auto has = [&](std::string_view name) { return names.contains(name); };
    Detection found{.format = Format::csv, .shape = Shape::csv, .delimiter = delimiter};
    const auto other = other_program_of(names);
    if (has("id") && has("content") && has("author_username") && has("bookmarked_at") && has("media_urls")) {
        found.format = Format::x_bookmarker;
    } else if (other && precise) {
        found.format = *other;
    } else if ((has("full_text") && (has("screen_name") || has("user_screen_name"))) ||
               (has("tweet_id") && has("full_text"))) {
        found.format = Format::twitter_web_exporter;
    }
    if (found.format == Format::csv) {
        constexpr std::array<std::string_view, 9> kKnown{
            "content", "text", "full_text", "title", "name", "url", "x_tweet_id", "tweet_id", "links"};
        if (std::ranges::none_of(kKnown, has)) return {};
    }
    return found;
}

std::expected<Detection, std::string> detect_text(std::string_view text, bool complete, Format asked) {
    if (text.starts_with('<')) return detect_html(text);
    if (text.starts_with(kArchivePrefix)) return detect_archive(text);
    if (text.starts_with('{') || text.starts_with('['))
        return detect_json(text, complete, asked != Format::json);
    for (const char delimiter : {',', ';', '\t'})
        if (auto found = detect_csv(text, delimiter, asked != Format::csv)) return *found;
    return std::unexpected(
        "The format of the file is not known: neither JSON nor a CSV file with a header that names its columns.");
}

bool fits(const Detection& found, Format asked) {
    switch (asked) {
        case Format::automatic:
            return true;
        case Format::twitter:
            return found.format == Format::twitter_web_exporter || found.format == Format::x_graphql ||
                   found.format == Format::x_archive;
        case Format::json:
            return found.shape == Shape::document || found.shape == Shape::lines;
        case Format::csv:
            return found.shape == Shape::csv;
        case Format::chrome:
            return found.format == Format::chrome || found.format == Format::netscape;
        default:
            return found.format == asked;
    }
}

std::string_view name_of(Shape shape) {
    switch (shape) {
        case Shape::csv:
            return " (CSV).";
        case Shape::html:
            return " (HTML).";
        case Shape::document:
        case Shape::lines:
            break;
    }
    return " (JSON).";
}

}  // namespace

std::expected<Detection, std::string> detect(std::string_view head, bool complete, Format asked) {
    if (const auto refusal = refuse_by_content(head)) return std::unexpected(*refusal);
    auto found = detect_text(skip_blank(head), complete, asked);
    if (found && !fits(*found, asked))
        return std::unexpected("The file is not " + std::string(to_string(asked)) + ": it looks like " +
                               std::string(to_string(found->format)) + std::string(name_of(found->shape)));
    return found;
}

}  // namespace transfer

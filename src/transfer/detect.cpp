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

std::string not_yet(std::string_view what) {
    return "This is " + std::string(what) + ", which this version cannot import yet.";
}

struct Signature {
    std::string_view bytes;
    std::string_view what;
};

constexpr std::array kSignatures{
    Signature{"PK\x03\x04", "a zip archive"},
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
        if (head.starts_with(signature.bytes)) return not_yet(signature.what);
    if (is_binary(head)) return "This is not a text file, but binary data.";
    const std::string_view text = skip_blank(head);
    if (text.empty()) return "The file is empty.";
    if (text.starts_with("window.")) return not_yet("a file of an X archive (x-archive)");
    if (!text.starts_with('<')) return {};
    std::string start(text.substr(0, 512));
    std::ranges::transform(start, start.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c; });
    if (start.contains("netscape-bookmark")) return not_yet("a browser's bookmark file (netscape)");
    return not_yet(start.contains("html") ? "a web page (HTML)" : "an XML file");
}

/// Formats of the contract that are read by a later version, by keys that no format of ours has.
std::optional<std::string_view> later_format(const Outline& found) {
    if (found.has(".roots") && !found.has(".bookmarks")) return "a Chrome bookmark file (chrome)";
    if (found.records_have("[]", {".href", ".extended"})) return "a Pinboard export (pinboard)";
    if (found.has(".bookmarks[].content{")) return "a Karakeep export (karakeep)";
    for (const std::string_view prefix : {"[]", ""})
        if (found.records_have(prefix, {".authorHandle", ".folderNames"}) ||
            found.records_have(prefix, {".authorHandle", ".syncedAt"}))
            return "a Field Theory export (fieldtheory)";
    if (found.records_have("[]", {".tweetId", ".authorHandle"}) ||
        found.records_have(".bookmarks[]", {".handle", ".timestamp"}))
        return "a Siftly export (siftly)";
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
    if (const auto later = later_format(found); later && precise) return std::unexpected(not_yet(*later));
    const bool more_follows = found.whole && !skip_blank(std::string_view(text).substr(found.end)).empty();
    if (text.starts_with('{')) {
        if (more_follows) return detect_lines(found);
        // A single line of our own line format is a whole JSON document as well.
        if (complete && found.whole && found.has(".type") && !found.has(".bookmarks"))
            return detect_lines(found);
    }
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
std::optional<std::string_view> later_csv(const std::set<std::string, std::less<>>& names) {
    const auto all = [&](std::initializer_list<std::string_view> list) {
        return std::ranges::all_of(list, [&](std::string_view name) { return names.contains(name); });
    };
    if (all({"excerpt", "folder", "cover"})) return "a Raindrop export (raindrop)";
    if (all({"tweet_date", "posted_by"}) || all({"tweeted_at", "tweet_url"})) return "a Dewey export (dewey)";
    if (all({"tweet_id", "author_handle"})) return "a Siftly export (siftly)";
    return {};
}

std::optional<std::expected<Detection, std::string>> detect_csv(std::string_view text, char delimiter,
                                                                bool precise) {
    const std::vector<std::string> list = header_names(text, delimiter);
    const std::set<std::string, std::less<>> names(list.begin(), list.end());
    const auto has = [&](std::string_view name) { return names.contains(name); };
    Detection found{.format = Format::csv, .shape = Shape::csv, .delimiter = delimiter};
    if (has("id") && has("content") && has("author_username") && has("bookmarked_at") && has("media_urls")) {
        found.format = Format::x_bookmarker;
    } else if ((has("full_text") && (has("screen_name") || has("user_screen_name"))) ||
               (has("tweet_id") && has("full_text"))) {
        found.format = Format::twitter_web_exporter;
    }
    if (found.format == Format::csv) {
        if (const auto later = later_csv(names); later && precise) return std::unexpected(not_yet(*later));
        constexpr std::array<std::string_view, 9> kKnown{
            "content", "text", "full_text", "title", "name", "url", "x_tweet_id", "tweet_id", "links"};
        if (std::ranges::none_of(kKnown, has)) return {};
    }
    return found;
}

std::expected<Detection, std::string> detect_text(std::string_view text, bool complete, Format asked) {
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
            return found.format == Format::twitter_web_exporter || found.format == Format::x_graphql;
        case Format::json:
            return found.shape != Shape::csv;
        case Format::csv:
            return found.shape == Shape::csv;
        default:
            return found.format == asked;
    }
}

}  // namespace

std::expected<Detection, std::string> detect(std::string_view head, bool complete, Format asked) {
    if (const auto refusal = refuse_by_content(head)) return std::unexpected(*refusal);
    auto found = detect_text(skip_blank(head), complete, asked);
    if (found && !fits(*found, asked))
        return std::unexpected("The file is not " + std::string(to_string(asked)) + ": it looks like " +
                               std::string(to_string(found->format)) +
                               (found->shape == Shape::csv ? " (CSV)." : " (JSON)."));
    return found;
}

}  // namespace transfer

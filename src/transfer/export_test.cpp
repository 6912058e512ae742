// The pure parts of exports.
#include <gtest/gtest.h>

#include <algorithm>

#include "transfer/export_output.hpp"
#include "transfer/export_writer.hpp"

namespace transfer {
namespace {

std::string indented(std::string_view json, std::size_t depth = 0) {
    std::string out;
    append_indented(out, json, depth);
    return out;
}

TEST(IndentedJson, IsAsJavaScriptWritesIt) {
    EXPECT_EQ(indented(R"({"a":1,"b":[true,null]})"),
              "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    null\n  ]\n}");
    EXPECT_EQ(indented(R"({"a":[],"b":{}})"), "{\n  \"a\": [],\n  \"b\": {}\n}");
    EXPECT_EQ(indented(R"(["{\"a\":[1,2]}","\\"])"), "[\n  \"{\\\"a\\\":[1,2]}\",\n  \"\\\\\"\n]")
        << "texts stay";
    EXPECT_EQ(indented(R"({"a":1})", 2), "{\n      \"a\": 1\n    }");
    EXPECT_EQ(indented("\"cut"), "\"cut") << "what is no JSON does no harm";
    EXPECT_EQ(indented("\"\\"), "\"\\");
}

TEST(ExportOptions, ComeBackAsTheyWere) {
    ExportOptions options{.format = ExportFormat::zip,
                          .tags = false,
                          .search_history = true,
                          .filter = {.include_archived = false,
                                     .from = base::parse_iso("2026-01-01T00:00:00Z"),
                                     .categories = {base::make_uuid(base::Time())},
                                     .tags = {"日本", "two words"}},
                          .compressed = true,
                          .zip_formats = {ExportFormat::html, ExportFormat::csv},
                          .csv_delimiter = '\t',
                          .csv_bom = true};
    EXPECT_EQ(write_export_options(read_export_options(write_export_options(options))),
              write_export_options(options));
    const ExportOptions missing = read_export_options("not JSON");
    EXPECT_EQ(write_export_options(missing), write_export_options({}));
}

TEST(ExportNames, SayWhenAndWhat) {
    const base::Time at = *base::parse_iso("2026-11-25T10:20:30.456Z");
    EXPECT_EQ(export_file_name({.format = ExportFormat::csv}, at),
              "bookmarks-export-2026-11-25T10-20-30-456Z.csv");
    EXPECT_EQ(export_file_name({.format = ExportFormat::csv, .compressed = true}, at),
              "bookmarks-export-2026-11-25T10-20-30-456Z.csv.gz");
    EXPECT_EQ(export_file_name({.format = ExportFormat::zip, .compressed = true}, at),
              "bookmarks-export-2026-11-25T10-20-30-456Z.zip");
    EXPECT_EQ(export_file_name({.format = ExportFormat::markdown}, at),
              "bookmarks-markdown-2026-11-25T10-20-30-456Z.zip");
}

TEST(CategoryTree, ChildrenFollowTheirParentsInOrder) {
    const auto category = [](const std::string& name, std::int64_t order) {
        categories::Category one;
        one.id = {base::make_uuid(base::Time())};
        one.name = name;
        one.order = order;
        return one;
    };
    std::vector<categories::Category> all{category("a", 1),  category("b", 2),   category("a1", 1),
                                          category("a2", 2), category("a1x", 1), category("b1", 1)};
    all[2].parent_id = all[3].parent_id = all[0].id.uuid;
    all[4].parent_id = all[2].id.uuid;
    all[5].parent_id = all[1].id.uuid;
    std::string names;
    for (const categories::Category& one : in_tree_order(all))
        names += one.name + " ";
    EXPECT_EQ(names, "a a1 a1x a2 b b1 ");
}

bookmarks::Bookmark bookmark(const std::string& content) {
    bookmarks::Bookmark one;
    one.draft.x_tweet_id = "import-a/b";
    one.draft.url = "https://example.org/";
    one.draft.author_username = "ada";
    one.draft.content = content;
    one.draft.bookmarked_at = base::parse_iso("2026-11-25T10:20:30Z");
    return one;
}

TEST(CsvExport, NoCellIsAFormula) {
    const ExportParts parts;
    for (const auto& [content, cell] :
         std::vector<std::pair<std::string, std::string>>{{"plain", ",plain,"},
                                                          {"=1+1", ",'=1+1,"},
                                                          {"'=1+1", ",''=1+1,"},
                                                          {"+1", ",'+1,"},
                                                          {"@a", ",'@a,"},
                                                          {"\tx", ",'\tx,"},
                                                          {"-\"a\",b", ",\"'-\"\"a\"\",b\","},
                                                          {"a=1", ",a=1,"},
                                                          {"'", ",',"},
                                                          {"two\nlines", ",\"two\nlines\","}}) {
        std::string out;
        make_csv_writer(parts)->bookmark(bookmark(content), out);
        EXPECT_TRUE(out.contains(cell)) << out;
    }
}

TEST(MarkdownExport, NamesAreSafeAndLinksAreEscaped) {
    const bookmarks::Bookmark one = bookmark("[x](y) *z*\nmore");
    EXPECT_EQ(markdown_name(one), "2026/2026-11-25-import-a_b.md");
    std::string line;
    write_markdown_index_line(one, line);
    EXPECT_EQ(line, "- 2026-11-25 [@ada: \\[x\\](y) \\*z\\*](2026/2026-11-25-import-a_b.md)\n");
    EXPECT_EQ(heading(bookmark("")), "https://example.org/");
    const std::string long_heading = heading(bookmark(std::string(500, 'x')));
    EXPECT_EQ(long_heading, std::string(120, 'x') + "…");
}

TEST(ZipStreams, AnErrorOfTheStorageIsHandedOn) {
    bool fails = false;
    ZipStream zip(
        [&fails](std::string_view) -> base::Result<void> {
            if (fails) return base::fail(base::Errc::service_unavailable, "full");
            return {};
        },
        base::Time());
    ASSERT_TRUE(zip.begin("a"));
    fails = true;
    // What is compressed is held back for a while.
    std::string noise;
    for (std::uint32_t i = 1, x = 1; i < 4U << 20U; ++i, x = x * 1664525U + 1013904223U)
        noise += static_cast<char>(x >> 24U);
    const auto written = zip.write(noise);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, base::Errc::service_unavailable);
}

}  // namespace
}  // namespace transfer

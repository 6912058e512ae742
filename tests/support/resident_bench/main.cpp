// xbm_resident_bench [BOOKMARKS…]: builds a library of generated bookmarks in memory and times searches in
// it.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string_view>
#include <vector>

#include "post.hpp"
#include "resident/conditions.hpp"
#include "resident/selection.hpp"

namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

template <class Work>
double median_ms(Work work) {
    constexpr int kRounds = 31;
    std::vector<double> times;
    for (int i = 0; i < kRounds; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        times.push_back(Milliseconds(std::chrono::steady_clock::now() - start).count());
    }
    std::ranges::sort(times);
    return times[times.size() / 2];
}

resident::Document document_of(const generate::Post& post, std::uint64_t number) {
    resident::Document document;
    for (std::size_t i = 0; i < 8; ++i)
        document.id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    document.bookmarked_at = post.bookmarked_at;
    document.content = post.text;
    document.author_username = post.author->username;
    document.author_display_name = post.author->display_name;
    document.author_avatar_url = post.author->avatar_url;
    document.tags = post.tags;
    document.hashtags = post.hashtags;
    if (post.category >= 0) {
        document.category.emplace();
        document.category->bytes[0] = static_cast<std::uint8_t>(post.category + 1);
    }
    document.is_archived = post.is_archived;
    document.has_media = !post.media.empty();
    document.has_links = !post.links.empty();
    return document;
}

resident::LibraryPointer make_library(std::size_t size) {
    const generate::Writer writer(1);
    const auto vocabulary = std::make_shared<resident::Vocabulary>();
    resident::SegmentBuilder builder(*vocabulary, size);
    std::vector<generate::Post> posts;
    for (std::size_t i = 0; i < size; ++i)
        posts.push_back(writer.write(i));
    std::ranges::sort(posts, std::greater{}, &generate::Post::bookmarked_at);
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < size; ++i)
        builder.add(document_of(posts[i], i));
    vocabulary->shrink();
    auto library = resident::make_library(vocabulary, builder.finish(), {});
    const double passed = Milliseconds(std::chrono::steady_clock::now() - start).count();
    const std::size_t text = library->base.segment->haystack().size;
    fmt::print(
        "{} bookmarks: built in {:.1f} ms, {:.1f} MB of folded text, {:.1f} MB in all: 1.0 x text + {:.0f} bytes each\n",
        size, passed, double(text) / 1e6, double(library->bytes()) / 1e6,
        (double(library->bytes()) - double(text)) / double(size));
    return library;
}

bookmarks::Filter filter_of(std::string_view text, bool facets, bookmarks::Sort sort) {
    bookmarks::Filter filter;
    filter.query = text::parse_query(text).value();
    filter.sort = sort;
    filter.facets = facets;
    filter.zone = "Asia/Tokyo";
    return filter;
}

void measure(const resident::Library& library, std::string_view text) {
    using bookmarks::Sort;
    const auto all = filter_of(text, true, Sort::relevance);
    const auto total = resident::select(library, all, {}, {}).total;
    const text::Literal& literal = all.query->all.front().any.front();
    const auto time = [&](const bookmarks::Filter& filter) {
        return median_ms([&] { static_cast<void>(resident::select(library, filter, {}, {})); });
    };
    const double scan =
        median_ms([&] { static_cast<void>(resident::find_text(*library.base.segment, literal)); });
    fmt::print(
        "  {:<24} {:>7} hits  scan {:>7.3f} ms  by date {:>7.3f}  by relevance {:>7.3f}  with facets {:>7.3f}\n",
        text, total, scan, time(filter_of(text, false, Sort::date)),
        time(filter_of(text, false, Sort::relevance)), time(all));
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::size_t> sizes;
    for (int i = 1; i < argc; ++i) {
        const std::string_view text = argv[i];
        std::from_chars(text.data(), text.data() + text.size(), sizes.emplace_back());
    }
    if (sizes.empty()) sizes = {10'000, 100'000};
    for (const std::size_t size : sizes) {
        const resident::LibraryPointer library = make_library(size);
        for (const std::string_view text : {"の", "、", "料理", "んぐ", "鬱屈", "機械学習", "a", "the", "to*",
                                            "latency", "AI技術", "\"料理 の\"", "料理 の -技術", "e"})
            if (!text::parse_query(text).value().matches_nothing) measure(*library, text);
    }
    return 0;
}

// What is done per row: the JSON of a list, and the search vector of a bookmark.
#include <benchmark/benchmark.h>

#include "bookmarks/search_document.hpp"
#include "sample.hpp"

namespace {

void write_list(benchmark::State& state) {
    std::size_t size = 0;
    for (auto _ : state)
        size = micro::sample_list(20).size();
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * size));
}
BENCHMARK(write_list);

void make_search_vector(benchmark::State& state) {
    const bookmarks::Draft draft = micro::sample_bookmark().draft;
    const std::string prefix = bookmarks::lexeme_prefix(42);
    for (auto _ : state)
        benchmark::DoNotOptimize(
            bookmarks::search_vector_of({.content = draft.content,
                                         .title = draft.title,
                                         .note = draft.note,
                                         .author_username = draft.author_username,
                                         .author_display_name = draft.author_display_name,
                                         .tags = draft.tags,
                                         .hashtags = draft.hashtags},
                                        prefix));
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * draft.content.size()));
}
BENCHMARK(make_search_vector);

}  // namespace

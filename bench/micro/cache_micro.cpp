// The look-up in memory of a finished answer, with its key.
#include <benchmark/benchmark.h>

#include "cache/memory.hpp"
#include "sample.hpp"

namespace {

void find_answer(benchmark::State& state) {
    cache::Memory memory(256U << 20U);
    const std::string body = micro::sample_list(8);
    std::vector<base::UserId> users;
    for (int i = 0; i < 1000; ++i) {
        users.push_back({base::make_uuid(micro::kNow)});
        http::Response response;
        response.body = base::make_body(body);
        response.etag = "W/\"1\"";
        memory.insert(cache::make_key(users.back(), 7, "bookmarks.list", "limit=20"),
                      cache::make_answer(response, micro::kNow + std::chrono::minutes(3)));
    }
    std::string key;
    std::size_t i = 0;
    for (auto _ : state) {
        cache::make_key(key, users[i], 7, "bookmarks.list", "limit=20");
        auto found = memory.find(key, micro::kNow);
        if (!found) state.SkipWithError("not found");
        benchmark::DoNotOptimize(found);
        i = (i + 1) % users.size();
    }
}
BENCHMARK(find_answer);

}  // namespace

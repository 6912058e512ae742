// Parser, router, compression.
#include <benchmark/benchmark.h>

#include <array>

#include "http/compression.hpp"
#include "http/parser.hpp"
#include "routes.hpp"
#include "sample.hpp"

namespace {

constexpr std::string_view kSmall =
    "GET /api/bookmarks?limit=20 HTTP/1.1\r\nHost: 127.0.0.1:3001\r\nAuthorization: Bearer "
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VySWQiOiIwMTlmMDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDAifQ."
    "c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmU\r\n\r\n";

void parse_request(benchmark::State& state) {
    http::Parser parser({});
    http::Request request;
    std::vector<http::Header> headers;
    for (auto _ : state) {
        parser.start(request, headers);
        std::size_t consumed = 0;
        benchmark::DoNotOptimize(parser.parse_header(kSmall, consumed));
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kSmall.size()));
}
BENCHMARK(parse_request);

void find_route(benchmark::State& state) {
    const http::Router router(app::routes());
    constexpr std::array<std::string_view, 3> kPaths{
        "/api/bookmarks", "/api/bookmarks/019f0000-0000-7000-8000-000000000000", "/api/no/such/path"};
    const std::string_view path = kPaths[static_cast<std::size_t>(state.range(0))];
    for (auto _ : state)
        benchmark::DoNotOptimize(router.find(http::Method::get, path));
}
BENCHMARK(find_route)->ArgName("path")->DenseRange(0, 2);

void compress_list(benchmark::State& state) {
    const std::string list = micro::sample_list(8);  // about 10 KB
    const auto coding = static_cast<http::Coding>(state.range(0));
    std::size_t size = 0;
    for (auto _ : state)
        size = http::compress(list, coding).value_or("").size();
    state.SetLabel(std::string(http::to_string(coding)) + ", " + std::to_string(list.size()) + " to " +
                   std::to_string(size) + " bytes");
}
BENCHMARK(compress_list)->ArgName("coding")->DenseRange(0, 2);

}  // namespace

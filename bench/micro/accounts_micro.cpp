// A token that was checked a moment ago, and one that was not.
#include <benchmark/benchmark.h>

#include "accounts/jwt.hpp"
#include "accounts/remembered.hpp"
#include "sample.hpp"

namespace {

constexpr std::string_view kKey = "a key of thirty-two characters or more";

std::string make_token(std::size_t number) {
    return accounts::sign({.user = {base::make_uuid(micro::kNow)},
                           .x_user_id = "",
                           .username = "user" + std::to_string(number),
                           .role = base::Role::user,
                           .session = base::SessionId{base::make_uuid(micro::kNow)},
                           .issued_at = micro::kNow,
                           .expires_at = micro::kNow + std::chrono::minutes(15)},
                          kKey);
}

void recall_token(benchmark::State& state) {
    const base::ManualClock clock(micro::kNow);
    accounts::RememberedCredentials remembered;
    std::vector<std::string> tokens;
    for (std::size_t i = 0; i < 100; ++i) {
        tokens.push_back(make_token(i));
        base::Principal principal;
        principal.expires_at = micro::kNow + std::chrono::minutes(15);
        remembered.keep(tokens.back(), principal, clock);
    }
    std::size_t i = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(remembered.find(tokens[i], clock));
        i = (i + 1) % tokens.size();
    }
}
BENCHMARK(recall_token);

void verify_token(benchmark::State& state) {
    const std::string token = make_token(1);
    for (auto _ : state) {
        auto claims = accounts::verify(token, kKey, micro::kNow);
        if (!claims) state.SkipWithError("refused");
        benchmark::DoNotOptimize(claims);
    }
}
BENCHMARK(verify_token);

}  // namespace

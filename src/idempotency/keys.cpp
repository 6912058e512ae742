#include "idempotency/keys.hpp"

#include <openssl/evp.h>
#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>

#include "base/log.hpp"
#include "base/offload.hpp"
#include "base/usage.hpp"
#include "idempotency/keys_sql.hpp"

namespace idempotency {
namespace {

namespace asio = base::asio;
using base::Errc;
using base::Task;
using http::Call;
using http::Response;
using postgres::Commands;
using postgres::Params;

constexpr std::size_t kKeyMax = 255;
constexpr std::chrono::minutes kSweepInterval{1};
constexpr std::int64_t kSweepBatch = 500;
constexpr int kSweepBatchesMax = 20;
constexpr std::string_view kProblemType = "application/problem+json";

std::string_view chars(const base::Digest& digest) {
    return base::as_chars(digest);
}

/// SHA-256 of a file; of nothing when it cannot be read, which the handler will find out too.
base::Digest hash_file(const std::filesystem::path& path) {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    base::Digest digest{};
    if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) return digest;
    std::ifstream in(path, std::ios::binary);
    std::vector<char> buffer(1U << 16U);
    while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), in.gcount() > 0) {
        if (EVP_DigestUpdate(context.get(), buffer.data(), static_cast<std::size_t>(in.gcount())) != 1)
            return digest;
    }
    if (EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) return {};
    return digest;
}

base::Digest hash_key(const Call& call, std::string_view key) {
    std::string scope(http::to_string(call.request.method));
    scope.append(1, '\0').append(call.route->pattern);
    for (const std::string& parameter : call.parameters)
        scope.append(1, '\0').append(parameter);
    scope.append(1, '\0').append(key);
    return base::sha256(scope);
}

Response replay(const postgres::Row& row) {
    Response response;
    response.status = static_cast<unsigned>(row.integer(1));
    if (row.text(2) == kProblemType) response.content_type = kProblemType;
    response.body = base::make_body(std::string(row.bytes(3)));
    if (!row.is_null(4)) response.headers.emplace_back("Location", row.text(4));
    response.headers.emplace_back("Idempotency-Replayed", "true");
    return response;
}

postgres::Command finish_command(const http::Claim& claim, const Response& response) {
    std::optional<std::string> location;
    for (const auto& [name, value] : response.headers)
        if (name == "Location") location = value;
    Params params;
    params.uuid(claim.user.uuid).bytea(chars(claim.key)).uuid(claim.token);
    params.int4(static_cast<std::int32_t>(response.status)).text(response.content_type);
    params.bytea(response.body ? std::string_view(*response.body) : std::string_view()).text(location);
    return {sql::kFinish, std::move(params), {}};
}

}  // namespace

std::optional<std::string> parse_key(std::string_view header) {
    std::string key;
    if (header.starts_with('"')) {
        if (header.size() < 2 || !header.ends_with('"')) return {};
        header = header.substr(1, header.size() - 2);
        for (std::size_t i = 0; i < header.size(); ++i) {
            if (header[i] == '"') return {};
            if (header[i] == '\\' && (++i == header.size() || (header[i] != '"' && header[i] != '\\')))
                return {};
            key += header[i];
        }
    } else {
        key = header;
    }
    const bool visible = std::ranges::all_of(key, [](char c) { return c > ' ' && c < '\x7f'; });
    if (key.empty() || key.size() > kKeyMax || !visible) return {};
    return key;
}

bool is_kept(unsigned status) {
    constexpr std::array<unsigned, 5> kNotKept{401, 403, 408, 413, 429};
    return status < 500 && std::ranges::find(kNotKept, status) == kNotKept.end();
}

void store(const Call& call, const Response& response, Commands& commands) {
    if (!call.claim || !is_kept(response.status) || response.source) return;
    commands.push_back(finish_command(*call.claim, response));
    call.claim->stored = true;
}

bool Keys::applies(const Call& call) {
    return call.request.method == http::Method::post && call.principal &&
           !call.route->pattern.starts_with("/api/auth/") && call.request.header("idempotency-key");
}

Task<Response> Keys::serve(Call& call, http::Services& services) {
    const auto key = parse_key(call.request.header("idempotency-key").value_or(""));
    if (!key)
        co_return http::problem(call, {Errc::invalid_idempotency_key,
                                       "An Idempotency-Key has 1 to 255 visible ASCII characters"});
    call.claim = std::make_shared<http::Claim>(
        http::Claim{call.principal->user, hash_key(call, *key), base::make_uuid(clock_.now())});
    const base::Digest body = co_await hash_body(call);
    if (auto known = co_await claim(call, body)) co_return std::move(*known);
    std::optional<Response> response;
    std::exception_ptr thrown;
    try {
        response = co_await call.route->handler(services, call);
    } catch (...) {
        thrown = std::current_exception();
    }
    if (thrown) {
        co_await release(*call.claim);
        std::rethrow_exception(thrown);
    }
    co_await settle(call, *response);
    co_return std::move(*response);
}

Task<base::Digest> Keys::hash_body(const Call& call) {
    if (call.spooled_body.empty()) co_return base::sha256(call.request.body);
    const auto usage = base::current_usage();
    const auto digest = co_await base::offload(cpu_, [path = call.spooled_body] { return hash_file(path); });
    base::current_usage() = usage;
    co_return digest;
}

Task<std::optional<Response>> Keys::claim(Call& call, const base::Digest& body) {
    if (clock_.steady() >= next_sweep_) {
        next_sweep_ = clock_.steady() + kSweepInterval;
        const auto usage = std::exchange(base::current_usage(), nullptr);
        asio::co_spawn(co_await asio::this_coro::executor, sweep(), asio::detached);
        base::current_usage() = usage;
    }
    const http::Claim& claim = *call.claim;
    const base::Time now = clock_.now();
    Commands commands;
    // A claim that a loss of power takes away guarded a call that did not end either.
    commands.push_back({sql::kDoNotWait, {}, {}});
    commands.push_back({sql::kClaim,
                        std::move(Params()
                                      .uuid(claim.user.uuid)
                                      .bytea(chars(claim.key))
                                      .bytea(chars(body))
                                      .uuid(claim.token)
                                      .time(now + kHold)
                                      .time(now + kKept)
                                      .time(now)),
                        {}});
    commands.push_back({sql::kSelect, std::move(Params().uuid(claim.user.uuid).bytea(chars(claim.key))), {}});
    const auto results = co_await database_.run(std::move(commands));
    if (!results) co_return http::problem(call, results.error());
    if (!(*results)[1].empty()) co_return std::nullopt;
    const base::Error in_progress{Errc::idempotency_in_progress,
                                  "The first request with this Idempotency-Key is still running",
                                  std::chrono::seconds{1}};
    // Given back between the two statements.
    if ((*results)[2].empty()) co_return http::problem(call, in_progress);
    const postgres::Row row = (*results)[2][0];
    if (row.bytes(0) != chars(body))
        co_return http::problem(
            call, {Errc::idempotency_key_reused, "This Idempotency-Key was used with another body"});
    if (row.is_null(1)) co_return http::problem(call, in_progress);
    co_return replay(row);
}

Task<void> Keys::settle(const Call& call, const Response& response) {
    const http::Claim& claim = *call.claim;
    if (!is_kept(response.status) || response.source) co_return co_await release(claim);
    if (claim.stored) co_return;
    Commands commands;
    commands.push_back(finish_command(claim, response));
    if (const auto stored = co_await database_.run(std::move(commands)); !stored)
        base::log::warn("answer to an idempotent request could not be stored",
                        {{"route", call.route->name}, {"request_id", call.request_id}});
}

// A transaction whose commit has an unknown outcome may have stored its answer: then the key stays.
Task<void> Keys::release(const http::Claim& claim) {
    Params params;
    params.uuid(claim.user.uuid).bytea(chars(claim.key)).uuid(claim.token);
    const auto released = co_await database_.run(sql::kRelease, std::move(params));
    if (!released) base::log::debug("idempotency key is given up by time");
}

Task<void> Keys::sweep() {
    for (int i = 0; i < kSweepBatchesMax; ++i) {
        const auto gone = co_await database_.run(sql::kDeleteExpired,
                                                 std::move(Params().time(clock_.now()).int8(kSweepBatch)));
        if (!gone || gone->affected() < kSweepBatch) co_return;
    }
}

}  // namespace idempotency

#include "postgres/explain.hpp"

#include <atomic>

#include <fmt/format.h>

namespace postgres {
namespace {

Command command_of(std::string sql) {
    auto text = std::make_shared<const std::string>(std::move(sql));
    return {.statement = {.name = "", .sql = *text, .access = Access::write}, .params = {}, .owner = text};
}

}  // namespace

std::string_view type_name(Type type) {
    switch (type) {
        case Type::boolean:
            return "boolean";
        case Type::bytea:
            return "bytea";
        case Type::int8:
            return "int8";
        case Type::int4:
            return "int4";
        case Type::text:
            return "text";
        case Type::float8:
            return "float8";
        case Type::timestamptz:
            return "timestamptz";
        case Type::uuid:
            return "uuid";
        case Type::tsvector:
            return "tsvector";
        case Type::tsquery:
            return "tsquery";
        case Type::jsonb:
            return "jsonb";
        case Type::boolean_array:
            return "boolean[]";
        case Type::bytea_array:
            return "bytea[]";
        case Type::text_array:
            return "text[]";
        case Type::int8_array:
            return "int8[]";
        case Type::float8_array:
            return "float8[]";
        case Type::timestamptz_array:
            return "timestamptz[]";
        case Type::uuid_array:
            return "uuid[]";
        case Type::tsvector_array:
            return "tsvector[]";
        case Type::tsquery_array:
            return "tsquery[]";
        case Type::jsonb_array:
            return "jsonb[]";
    }
    return "unknown";
}

// A prepared statement survives a rollback: each one has a name of its own, and is dropped where all went
// well.
base::Task<base::Result<std::string>> explain_generic(Pool& database, std::string sql,
                                                      std::vector<std::uint32_t> types) {
    static std::atomic<std::uint64_t> number{0};
    const std::string name = fmt::format("xbm_explain_{}", ++number);
    std::string names;
    std::string nulls;
    for (const std::uint32_t type : types) {
        names.append(names.empty() ? "(" : ", ").append(type_name(static_cast<Type>(type)));
        nulls.append(nulls.empty() ? "(NULL" : ", NULL");
    }
    if (!types.empty()) {
        names += ')';
        nulls += ')';
    }
    auto transaction = co_await database.begin();
    if (!transaction) co_return std::unexpected(transaction.error());
    Commands commands;
    commands.push_back(command_of("SELECT set_config('plan_cache_mode', 'force_generic_plan', true)"));
    commands.push_back(command_of(fmt::format("PREPARE {}{} AS {}", name, names, sql)));
    commands.push_back(command_of(fmt::format("EXPLAIN (FORMAT JSON) EXECUTE {}{}", name, nulls)));
    commands.push_back(command_of(fmt::format("DEALLOCATE {}", name)));
    const auto results = co_await transaction->run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    const Rows& plan = (*results)[2];
    if (plan.empty()) co_return base::fail(base::Errc::internal_error, "PostgreSQL explained nothing");
    co_return std::string(plan[0].text(0));
}

}  // namespace postgres

// Named SQL statements. The name is the prepared statement's id, the metric label and the word in the log.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace postgres {

/// PostgreSQL's type numbers (catalog pg_type; fixed for built-in types).
enum class Type : std::uint32_t {
    boolean = 16,
    bytea = 17,
    int8 = 20,
    int4 = 23,
    text = 25,
    float8 = 701,
    timestamptz = 1184,
    uuid = 2950,
    tsvector = 3614,
    tsquery = 3615,
    jsonb = 3802,
    boolean_array = 1000,
    bytea_array = 1001,
    text_array = 1009,
    int8_array = 1016,
    float8_array = 1022,
    timestamptz_array = 1185,
    uuid_array = 2951,
    tsvector_array = 3643,
    tsquery_array = 3645,
    jsonb_array = 3807,
};

enum class Access : std::uint8_t { read, write };

/// The types of a statement's parameters, `$1` first.
class Types {
public:
    static constexpr std::size_t kMax = 48;
    constexpr Types() = default;
    constexpr Types(std::initializer_list<Type> types) : count_(types.size()) {
        std::copy(types.begin(), types.end(), types_.begin());
    }
    constexpr explicit Types(std::span<const Type> types) : count_(types.size()) {
        std::copy(types.begin(), types.end(), types_.begin());
    }
    [[nodiscard]] constexpr std::span<const Type> all() const { return {types_.data(), count_}; }

private:
    std::array<Type, kMax> types_{};
    std::size_t count_ = 0;
};

/// A statement with static storage. Parameters and results travel in PostgreSQL's binary formats.
struct Statement {
    std::string_view name;  ///< `feature.verb_object`
    std::string_view sql;
    Types types;
    Access access = Access::read;
};

}  // namespace postgres

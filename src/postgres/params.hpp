// The parameters of one execution, in PostgreSQL's binary formats (src/backend/utils/adt/*recv functions).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "postgres/statement.hpp"

namespace postgres {

class Params {
public:
    Params& null(Type type);
    Params& text(std::string_view value);
    Params& text(const std::string& value) { return text(std::string_view(value)); }
    Params& text(const char* value) { return text(std::string_view(value)); }
    Params& text(const std::optional<std::string>& value);
    Params& boolean(bool value);
    Params& int4(std::int32_t value);
    Params& int8(std::int64_t value);
    Params& float8(double value);
    Params& uuid(const base::Uuid& value);
    Params& uuid(const std::optional<base::Uuid>& value);
    Params& time(base::Time value);
    Params& time(const std::optional<base::Time>& value);
    Params& bytea(std::string_view value);
    /// `json` must be one valid JSON value.
    Params& jsonb(std::string_view json);
    Params& jsonb(const std::string& json) { return jsonb(std::string_view(json)); }
    Params& jsonb(const std::optional<std::string>& json);
    /// What text::make_search_vector returned.
    Params& tsvector(std::string_view binary);
    /// The text form of a tsquery.
    Params& tsquery(std::string_view text);

    /// The text forms of tsqueries.
    Params& tsquery_array(std::span<const std::string> texts);
    Params& text_array(std::span<const std::string> values);
    Params& text_array(std::span<const std::optional<std::string>> values);
    Params& boolean_array(std::span<const std::uint8_t> values);
    Params& int8_array(std::span<const std::int64_t> values);
    Params& float8_array(std::span<const double> values);
    Params& uuid_array(std::span<const base::Uuid> values);
    Params& uuid_array(std::span<const std::optional<base::Uuid>> values);
    Params& time_array(std::span<const base::Time> values);
    Params& time_array(std::span<const std::optional<base::Time>> values);
    Params& jsonb_array(std::span<const std::optional<std::string>> values);
    Params& tsvector_array(std::span<const std::string> binaries);

    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    [[nodiscard]] std::vector<Type> types() const;

    /// The parallel arrays that libpq wants; valid while this object lives unchanged.
    struct Arrays {
        std::array<const char*, Types::kMax> values;
        std::array<int, Types::kMax> lengths;
        std::array<int, Types::kMax> formats;
        std::array<std::uint32_t, Types::kMax> types;
    };
    [[nodiscard]] Arrays arrays() const;

private:
    struct Entry {
        Type type;
        std::size_t offset;
        std::int32_t length;  ///< -1 for NULL
        bool binary;
    };
    Params& finish(Type type, std::size_t offset, bool binary = true);
    void begin_array(Type element, std::size_t count, bool has_nulls);
    template <class Values, class Write>
    Params& array(Type type, Type element, const Values& values, Write write);

    std::string buffer_;
    std::vector<Entry> entries_;
};

/// `{"a","b"}`: the text form of a text[], for arrays of arrays, which unnest cannot take apart by rows.
[[nodiscard]] std::string array_literal(std::span<const std::string> values);

}  // namespace postgres

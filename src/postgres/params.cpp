#include "postgres/params.hpp"

#include <algorithm>
#include <bit>
#include <concepts>

namespace postgres {
namespace {

/// PostgreSQL counts time in microseconds since 2000-01-01.
constexpr std::int64_t kPostgresEpoch = 946'684'800'000'000;

template <std::integral Integer>
void put(std::string& out, Integer value) {
    for (int shift = (static_cast<int>(sizeof value) - 1) * 8; shift >= 0; shift -= 8)
        out += static_cast<char>(static_cast<std::make_unsigned_t<Integer>>(value) >> shift & 0xff);
}

void put_uuid(std::string& out, const base::Uuid& uuid) {
    out.append(reinterpret_cast<const char*>(uuid.bytes.data()), uuid.bytes.size());
}

void put_time(std::string& out, base::Time time) {
    put(out, time.time_since_epoch().count() - kPostgresEpoch);
}

void put_jsonb(std::string& out, std::string_view json) {
    out += '\1';  // version of the binary form
    out += json;
}

/// Appends one element with its length in front.
template <class Write>
void put_element(std::string& out, Write write) {
    const std::size_t at = out.size();
    put(out, std::int32_t{0});
    write();
    const auto length = static_cast<std::uint32_t>(out.size() - at - 4);
    for (std::size_t i = 0; i < 4; ++i)
        out[at + i] = static_cast<char>(length >> (24 - 8 * i) & 0xff);
}

template <class T>
const T* pointer_to(const T& value) {
    return &value;
}
template <class T>
const T* pointer_to(const std::optional<T>& value) {
    return value ? &*value : nullptr;
}

}  // namespace

Params& Params::finish(Type type, std::size_t offset, bool binary) {
    entries_.push_back({type, offset, static_cast<std::int32_t>(buffer_.size() - offset), binary});
    // libpq reads a C string when it looks at a text parameter.
    buffer_ += '\0';
    return *this;
}

Params& Params::null(Type type) {
    entries_.push_back({type, buffer_.size(), -1, true});
    return *this;
}

Params& Params::text(std::string_view value) {
    const std::size_t at = buffer_.size();
    buffer_ += value;
    return finish(Type::text, at);
}

Params& Params::text(const std::optional<std::string>& value) {
    return value ? text(std::string_view(*value)) : null(Type::text);
}

Params& Params::boolean(bool value) {
    const std::size_t at = buffer_.size();
    buffer_ += value ? '\1' : '\0';
    return finish(Type::boolean, at);
}

Params& Params::int4(std::int32_t value) {
    const std::size_t at = buffer_.size();
    put(buffer_, value);
    return finish(Type::int4, at);
}

Params& Params::int8(std::int64_t value) {
    const std::size_t at = buffer_.size();
    put(buffer_, value);
    return finish(Type::int8, at);
}

Params& Params::float8(double value) {
    const std::size_t at = buffer_.size();
    put(buffer_, std::bit_cast<std::int64_t>(value));
    return finish(Type::float8, at);
}

Params& Params::uuid(const base::Uuid& value) {
    const std::size_t at = buffer_.size();
    put_uuid(buffer_, value);
    return finish(Type::uuid, at);
}

Params& Params::uuid(const std::optional<base::Uuid>& value) {
    return value ? uuid(*value) : null(Type::uuid);
}

Params& Params::time(base::Time value) {
    const std::size_t at = buffer_.size();
    put_time(buffer_, value);
    return finish(Type::timestamptz, at);
}

Params& Params::time(const std::optional<base::Time>& value) {
    return value ? time(*value) : null(Type::timestamptz);
}

Params& Params::bytea(std::string_view value) {
    const std::size_t at = buffer_.size();
    buffer_ += value;
    return finish(Type::bytea, at);
}

Params& Params::jsonb(std::string_view json) {
    const std::size_t at = buffer_.size();
    put_jsonb(buffer_, json);
    return finish(Type::jsonb, at);
}

Params& Params::jsonb(const std::optional<std::string>& json) {
    return json ? jsonb(std::string_view(*json)) : null(Type::jsonb);
}

Params& Params::tsvector(std::string_view binary) {
    const std::size_t at = buffer_.size();
    buffer_ += binary;
    return finish(Type::tsvector, at);
}

Params& Params::tsquery(std::string_view text) {
    const std::size_t at = buffer_.size();
    buffer_ += text;
    return finish(Type::tsquery, at, false);
}

void Params::begin_array(Type element, std::size_t count, bool has_nulls) {
    put(buffer_, static_cast<std::int32_t>(count == 0 ? 0 : 1));  // dimensions
    put(buffer_, static_cast<std::int32_t>(has_nulls ? 1 : 0));
    put(buffer_, static_cast<std::int32_t>(element));
    if (count == 0) return;
    put(buffer_, static_cast<std::int32_t>(count));
    put(buffer_, std::int32_t{1});  // lower bound
}

template <class Values, class Write>
Params& Params::array(Type type, Type element, const Values& values, Write write) {
    const std::size_t at = buffer_.size();
    const bool has_nulls = std::any_of(values.begin(), values.end(),
                                       [](const auto& value) { return pointer_to(value) == nullptr; });
    begin_array(element, values.size(), has_nulls);
    for (const auto& value : values) {
        if (const auto* present = pointer_to(value)) {
            put_element(buffer_, [&] { write(*present); });
        } else {
            put(buffer_, std::int32_t{-1});
        }
    }
    return finish(type, at);
}

Params& Params::text_array(std::span<const std::string> values) {
    return array(Type::text_array, Type::text, values, [this](const std::string& v) { buffer_ += v; });
}

Params& Params::text_array(std::span<const std::optional<std::string>> values) {
    return array(Type::text_array, Type::text, values, [this](const std::string& v) { buffer_ += v; });
}

Params& Params::boolean_array(std::span<const std::uint8_t> values) {
    return array(Type::boolean_array, Type::boolean, values,
                 [this](std::uint8_t v) { buffer_ += static_cast<char>(v != 0); });
}

Params& Params::int8_array(std::span<const std::int64_t> values) {
    return array(Type::int8_array, Type::int8, values, [this](std::int64_t v) { put(buffer_, v); });
}

Params& Params::float8_array(std::span<const double> values) {
    return array(Type::float8_array, Type::float8, values,
                 [this](double v) { put(buffer_, std::bit_cast<std::int64_t>(v)); });
}

Params& Params::uuid_array(std::span<const base::Uuid> values) {
    return array(Type::uuid_array, Type::uuid, values, [this](const base::Uuid& v) { put_uuid(buffer_, v); });
}

Params& Params::uuid_array(std::span<const std::optional<base::Uuid>> values) {
    return array(Type::uuid_array, Type::uuid, values, [this](const base::Uuid& v) { put_uuid(buffer_, v); });
}

Params& Params::time_array(std::span<const base::Time> values) {
    return array(Type::timestamptz_array, Type::timestamptz, values,
                 [this](base::Time v) { put_time(buffer_, v); });
}

Params& Params::time_array(std::span<const std::optional<base::Time>> values) {
    return array(Type::timestamptz_array, Type::timestamptz, values,
                 [this](base::Time v) { put_time(buffer_, v); });
}

Params& Params::jsonb_array(std::span<const std::optional<std::string>> values) {
    return array(Type::jsonb_array, Type::jsonb, values,
                 [this](const std::string& v) { put_jsonb(buffer_, v); });
}

Params& Params::tsvector_array(std::span<const std::string> binaries) {
    return array(Type::tsvector_array, Type::tsvector, binaries,
                 [this](const std::string& v) { buffer_ += v; });
}

Params& Params::tsquery_array(std::span<const std::string> texts) {
    const std::size_t at = buffer_.size();
    buffer_ += array_literal(texts);
    return finish(Type::tsquery_array, at, false);
}

std::vector<Type> Params::types() const {
    std::vector<Type> types;
    types.reserve(entries_.size());
    for (const Entry& entry : entries_)
        types.push_back(entry.type);
    return types;
}

Params::Arrays Params::arrays() const {
    // Not initialised as a whole: this runs for every statement, and most have few parameters.
    Arrays out;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const Entry& entry = entries_[i];
        out.values[i] = entry.length < 0 ? nullptr : buffer_.data() + entry.offset;
        out.lengths[i] = std::max(entry.length, 0);
        out.formats[i] = entry.binary ? 1 : 0;
        out.types[i] = static_cast<std::uint32_t>(entry.type);
    }
    return out;
}

std::string array_literal(std::span<const std::string> values) {
    std::string out = "{";
    for (const std::string& value : values) {
        if (out.size() > 1) out += ',';
        out += '"';
        for (const char c : value) {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
    }
    return out + '}';
}

}  // namespace postgres

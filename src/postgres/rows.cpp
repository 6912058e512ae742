#include "postgres/rows.hpp"

#include <libpq-fe.h>

#include <bit>
#include <charconv>
#include <cstdlib>

namespace postgres {
namespace {

constexpr std::int64_t kPostgresEpoch = 946'684'800'000'000;

template <class Integer>
Integer read(const char*& from) {
    std::make_unsigned_t<Integer> value = 0;
    for (std::size_t i = 0; i < sizeof(Integer); ++i)
        value = static_cast<std::make_unsigned_t<Integer>>(static_cast<std::uint64_t>(value) << 8 |
                                                           static_cast<unsigned char>(*from++));
    return static_cast<Integer>(value);
}

/// Calls `take(bytes)` for each element of a one-dimensional array; NULL elements are skipped.
template <class Take>
void read_array(std::string_view binary, Take take) {
    const char* at = binary.data();
    const auto dimensions = read<std::int32_t>(at);
    at += 8;  // flags, element type
    if (dimensions == 0) return;
    const auto count = read<std::int32_t>(at);
    at += 4;  // lower bound
    for (std::int32_t i = 0; i < count; ++i) {
        const auto length = read<std::int32_t>(at);
        if (length < 0) continue;
        take(std::string_view(at, static_cast<std::size_t>(length)));
        at += length;
    }
}

base::Uuid to_uuid(std::string_view bytes) {
    base::Uuid uuid;
    if (bytes.size() != uuid.bytes.size()) std::abort();
    std::copy(bytes.begin(), bytes.end(), uuid.bytes.begin());
    return uuid;
}

}  // namespace

bool Row::is_null(int column) const {
    return PQgetisnull(result_, row_, column) != 0;
}

std::string_view Row::text(int column) const {
    return {PQgetvalue(result_, row_, column), static_cast<std::size_t>(PQgetlength(result_, row_, column))};
}

std::optional<std::string> Row::maybe_text(int column) const {
    if (is_null(column)) return {};
    return std::string(text(column));
}

bool Row::boolean(int column) const {
    return text(column) == std::string_view("\1", 1);
}

std::int64_t Row::integer(int column) const {
    const std::string_view bytes = text(column);
    const char* at = bytes.data();
    switch (bytes.size()) {
        case 2:
            return read<std::int16_t>(at);
        case 4:
            return read<std::int32_t>(at);
        case 8:
            return read<std::int64_t>(at);
        default:
            std::abort();
    }
}

double Row::float8(int column) const {
    return std::bit_cast<double>(integer(column));
}

base::Uuid Row::uuid(int column) const {
    return to_uuid(text(column));
}

std::optional<base::Uuid> Row::maybe_uuid(int column) const {
    if (is_null(column)) return {};
    return uuid(column);
}

base::Time Row::time(int column) const {
    return base::Time{std::chrono::microseconds{integer(column) + kPostgresEpoch}};
}

std::optional<base::Time> Row::maybe_time(int column) const {
    if (is_null(column)) return {};
    return time(column);
}

std::string_view Row::json(int column) const {
    std::string_view bytes = text(column);
    if (!bytes.empty()) bytes.remove_prefix(1);
    return bytes;
}

std::string_view Row::bytes(int column) const {
    return text(column);
}

std::vector<std::string> Row::texts(int column) const {
    std::vector<std::string> out;
    if (!is_null(column)) read_array(text(column), [&out](std::string_view v) { out.emplace_back(v); });
    return out;
}

std::vector<base::Uuid> Row::uuids(int column) const {
    std::vector<base::Uuid> out;
    if (!is_null(column)) read_array(text(column), [&out](std::string_view v) { out.push_back(to_uuid(v)); });
    return out;
}

Rows::Rows(pg_result* result) : result_(result, PQclear) {}

std::size_t Rows::size() const {
    return result_ ? static_cast<std::size_t>(PQntuples(result_.get())) : 0;
}

std::int64_t Rows::affected() const {
    if (!result_) return 0;
    const std::string_view text = PQcmdTuples(result_.get());
    std::int64_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

}  // namespace postgres

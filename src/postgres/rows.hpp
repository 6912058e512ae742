// The result of one statement, read from PostgreSQL's binary formats. Columns are numbered from 0; asking for
// another type than the statement returns is a bug of the statement's mapping and ends in an assertion.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"

struct pg_result;

namespace postgres {

class Row {
public:
    Row(const pg_result* result, int row) : result_(result), row_(row) {}

    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] std::optional<std::string> maybe_text(int column) const;
    [[nodiscard]] bool boolean(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;  ///< int2, int4 or int8
    [[nodiscard]] double float8(int column) const;
    [[nodiscard]] base::Uuid uuid(int column) const;
    [[nodiscard]] std::optional<base::Uuid> maybe_uuid(int column) const;
    [[nodiscard]] base::Time time(int column) const;
    [[nodiscard]] std::optional<base::Time> maybe_time(int column) const;
    [[nodiscard]] std::string_view json(int column) const;  ///< jsonb without its version byte
    [[nodiscard]] std::string_view bytes(int column) const;
    [[nodiscard]] std::vector<std::string> texts(int column) const;
    [[nodiscard]] std::vector<base::Uuid> uuids(int column) const;

private:
    const pg_result* result_;
    int row_;
};

class Rows {
public:
    Rows() = default;
    /// Takes the result over.
    explicit Rows(pg_result* result);

    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] Row operator[](std::size_t row) const { return {result_.get(), static_cast<int>(row)}; }
    /// Rows that INSERT, UPDATE or DELETE touched.
    [[nodiscard]] std::int64_t affected() const;

private:
    std::shared_ptr<pg_result> result_;
};

}  // namespace postgres

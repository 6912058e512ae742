// Rows of a CSV file (RFC 4180, and what spreadsheets make of it) from chunks of any size, on libcsv.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace transfer {

struct CsvOptions {
    char delimiter = ',';
    std::size_t field_bytes_max = 8 * 1024 * 1024;
    std::size_t row_bytes_max = 16 * 1024 * 1024;
    std::size_t columns_max = 1000;
};

struct CsvFault {
    std::int64_t line;  ///< where the row starts, 1-based
    std::string code;   ///< `too_big`, `truncated` or `invalid_csv`
    std::string message;
};

/// Calls `on_row(line, fields)` for each row that is not blank; `line` is the line where it starts, 1-based.
/// A row that is too big is left out with a fault; a field that is too big ends the reading, because what
/// follows cannot be told from the inside of a quotation.
class CsvStream {
public:
    using OnRow = std::function<void(std::int64_t line, std::vector<std::string>&& fields)>;
    using OnFault = std::function<void(CsvFault&&)>;

    CsvStream(CsvOptions options, OnRow on_row, OnFault on_fault);
    ~CsvStream();
    CsvStream(const CsvStream&) = delete;
    CsvStream& operator=(const CsvStream&) = delete;

    void feed(std::string_view chunk);
    void finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace transfer

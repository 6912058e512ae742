// Rows in PostgreSQL's binary COPY format (documentation of COPY, "Binary Format"; the types' own formats are
// those of their receive functions).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"

namespace generate {

class CopyRows {
public:
    CopyRows() { begin(); }

    void begin_row(std::int16_t columns) { number(columns); }
    void null() { number<std::int32_t>(-1); }
    void text(std::string_view value) { sized(value); }
    void maybe_text(const std::optional<std::string>& value) { value ? text(*value) : null(); }
    void uuid(const base::Uuid& value) {
        number<std::int32_t>(16);
        bytes_.append(reinterpret_cast<const char*>(value.bytes.data()), 16);
    }
    void bigint(std::int64_t value) {
        number<std::int32_t>(8);
        number(value);
    }
    void boolean(bool value) {
        number<std::int32_t>(1);
        bytes_ += value ? '\1' : '\0';
    }
    void time(base::Time value);
    void text_array(const std::vector<std::string>& values);
    /// `json` must be valid.
    void jsonb(std::string_view json);
    /// A value that is already in its binary form.
    void raw(std::string_view value) { sized(value); }

    /// A bigint that becomes known only when the rows are sent: these get ascending ones.
    void later_bigint() {
        number<std::int32_t>(8);
        later_.push_back(bytes_.size());
        number<std::int64_t>(0);
    }
    void set_later(std::int64_t first);
    [[nodiscard]] std::size_t later() const { return later_.size(); }
    /// Everything, with the trailer.
    [[nodiscard]] std::string_view finish();
    void clear();

private:
    void begin();
    void sized(std::string_view value) {
        number(static_cast<std::int32_t>(value.size()));
        bytes_ += value;
    }
    template <class Number>
    void number(Number value) {
        for (int shift = static_cast<int>(sizeof value) * 8 - 8; shift >= 0; shift -= 8)
            bytes_ += static_cast<char>(static_cast<std::uint64_t>(value) >> shift & 0xFF);
    }

    std::string bytes_;
    std::vector<std::size_t> later_;
};

}  // namespace generate

#include "copy_rows.hpp"

#include <chrono>

namespace generate {
namespace {

constexpr std::int32_t kTextOid = 25;
/// PostgreSQL counts microseconds from 2000-01-01.
constexpr base::Time kEpoch = std::chrono::sys_days(std::chrono::year(2000) / std::chrono::January / 1);

}  // namespace

void CopyRows::time(base::Time value) {
    bigint((value - kEpoch).count());
}

void CopyRows::text_array(const std::vector<std::string>& values) {
    std::size_t size = values.empty() ? 12 : 20;
    for (const std::string& value : values)
        size += 4 + value.size();
    number(static_cast<std::int32_t>(size));
    number<std::int32_t>(values.empty() ? 0 : 1);  // dimensions
    number<std::int32_t>(0);                       // no nulls
    number(kTextOid);
    if (values.empty()) return;
    number(static_cast<std::int32_t>(values.size()));
    number<std::int32_t>(1);  // the first index
    for (const std::string& value : values)
        sized(value);
}

void CopyRows::jsonb(std::string_view json) {
    number(static_cast<std::int32_t>(json.size() + 1));
    bytes_ += '\1';  // the only version
    bytes_ += json;
}

void CopyRows::set_later(std::int64_t first) {
    for (const std::size_t at : later_) {
        for (std::size_t i = 0; i < 8; ++i)
            bytes_[at + i] = static_cast<char>(static_cast<std::uint64_t>(first) >> (56 - 8 * i) & 0xFF);
        ++first;
    }
}

std::string_view CopyRows::finish() {
    number<std::int16_t>(-1);
    return bytes_;
}

void CopyRows::clear() {
    later_.clear();
    begin();
}

void CopyRows::begin() {
    bytes_.assign("PGCOPY\n\377\r\n\0", 11);
    number<std::int32_t>(0);  // flags
    number<std::int32_t>(0);  // no header extension
}

}  // namespace generate

// Paging of lists (contract 1.8).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_writer.hpp"
#include "http/request.hpp"
#include "http/validation.hpp"

namespace http {

struct PageQuery {
    std::int64_t limit = 20;
    std::int64_t offset = 0;            ///< 0 beside a cursor
    std::optional<std::string> cursor;  ///< as it was sent
};

/// Whether a `limit` above the largest one is a fault, or reduced silently ("cap").
enum class LimitRule : std::uint8_t { refuse, reduce };

/// `limit` (1 to 100), `cursor`, `page` and `offset` (0 to 10,000); a cursor wins.
[[nodiscard]] PageQuery read_page(const Query& query, Faults& faults, LimitRule rule = LimitRule::refuse,
                                  std::int64_t limit_default = 20);
/// The value of `pagination`; no cursor: an empty one.
void write_pagination(base::JsonWriter& json, std::int64_t limit, std::int64_t offset, std::int64_t total,
                      bool has_more, std::string_view next_cursor);

}  // namespace http

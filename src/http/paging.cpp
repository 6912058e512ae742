#include "http/paging.hpp"

#include <algorithm>

namespace http {
namespace {

constexpr std::int64_t kLimitMax = 100;
constexpr std::int64_t kOffsetMax = 10'000;

}  // namespace

PageQuery read_page(const Query& query, Faults& faults, LimitRule rule, std::int64_t limit_default) {
    PageQuery page;
    const std::int64_t largest = rule == LimitRule::reduce ? INT64_MAX : kLimitMax;
    page.limit =
        std::min(query_integer(query, "limit", 1, largest, faults).value_or(limit_default), kLimitMax);
    if (const auto cursor = query.get("cursor"); cursor && !cursor->empty()) {
        page.cursor = *cursor;
        return page;
    }
    if (const auto number = query_integer(query, "page", 1, kOffsetMax + 1, faults)) {
        page.offset = (*number - 1) * page.limit;
        if (page.offset > kOffsetMax) faults.too_big("page", kOffsetMax / page.limit + 1, "number");
    }
    page.offset = query_integer(query, "offset", 0, kOffsetMax, faults).value_or(page.offset);
    return page;
}

void write_pagination(base::JsonWriter& json, std::int64_t limit, std::int64_t offset, std::int64_t total,
                      bool has_more, std::string_view next_cursor) {
    json.begin_object().member("limit", limit).member("offset", offset).member("total", total);
    json.member("hasMore", has_more).member("page", offset / limit + 1);
    json.member("totalPages", (total + limit - 1) / limit).key("nextCursor");
    if (next_cursor.empty()) {
        json.null();
    } else {
        json.value(next_cursor);
    }
    json.end_object();
}

}  // namespace http

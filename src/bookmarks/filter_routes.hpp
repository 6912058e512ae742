// Reads the filter parameters that lists and search share, and writes them back as the `query` of an answer
// (contract 3.3, 3.6, 1.8).
#pragma once

#include <boost/json/fwd.hpp>

#include "base/json_writer.hpp"
#include "bookmarks/filter.hpp"
#include "http/paging.hpp"
#include "http/request.hpp"
#include "http/validation.hpp"

namespace bookmarks::routes {

struct Selected {
    Filter filter;
    Page page;
};

/// `limit`, `cursor`, `page` and `offset` of contract 1.8.
[[nodiscard]] Page read_page(const http::Query& query, http::Faults& faults,
                             http::LimitRule rule = http::LimitRule::refuse);
[[nodiscard]] Selected read_selection(const http::Query& query, Sort default_sort, http::Faults& faults);
/// A JSON body with the same members, as a query: arrays become repeated values. Members of other types are
/// faults.
[[nodiscard]] http::Query query_of(const boost::json::object& body, http::Faults& faults);
/// `{…validated query, executionTime}`; without a time it is left out.
void write_query(base::JsonWriter& json, const Selected& selected, std::optional<double> milliseconds);
/// Whether the selection has a text or a filter. Order, page and `includeArchived` are none.
[[nodiscard]] bool has_condition(const Filter& filter);
/// The members of `body` that are parameters of contract 3.3, without a position in the list: what is worth
/// keeping of a query that `read_selection` has found valid.
[[nodiscard]] std::string kept_members(const boost::json::object& body);
/// The time zone of `tz`, checked; `UTC` without one.
[[nodiscard]] std::string read_zone(const http::Query& query, http::Faults& faults);

}  // namespace bookmarks::routes

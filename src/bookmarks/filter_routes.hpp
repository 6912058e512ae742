// Reads the filter parameters that lists and search share, and writes them back as the `query` of an answer
// (contract 3.3, 3.6, 1.8).
#pragma once

#include <boost/json/fwd.hpp>

#include "base/json_writer.hpp"
#include "bookmarks/filter.hpp"
#include "http/request.hpp"
#include "http/validation.hpp"

namespace bookmarks::routes {

struct Selected {
    Filter filter;
    Page page;
};

/// `limit`, `cursor`, `page` and `offset` of contract 1.8.
[[nodiscard]] Page read_page(const http::Query& query, http::Faults& faults);
[[nodiscard]] Selected read_selection(const http::Query& query, Sort default_sort, http::Faults& faults);
/// A JSON body with the same members, as a query: arrays become repeated values. Members of other types are
/// faults.
[[nodiscard]] http::Query query_of(const boost::json::object& body, http::Faults& faults);
/// `{…validated query, executionTime}`.
void write_query(base::JsonWriter& json, const Selected& selected, double milliseconds);

}  // namespace bookmarks::routes

// What clients are told of queries and analyses (contract 3.19).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "analyzer/analyzer.hpp"
#include "base/json_writer.hpp"

namespace analyzer {

/// How a query does in this process, since its start.
struct Timing {
    std::uint64_t calls = 0;
    double mean_ms = 0;
    double p95_ms = 0;
};
/// By the name under which executions are counted (`Query::recorded_as`).
using Timings = std::function<std::map<std::string, Timing>()>;

/// The member `queries` of the object that is being written.
void write_queries(base::JsonWriter& json, const Catalogue& catalogue, const std::map<std::string, Timing>& timings);
/// The members of an analysis.
void write_analysis(base::JsonWriter& json, const Analysis& analysis);

/// By how many percent an index lowers the cost; nothing when that was not estimated.
[[nodiscard]] std::optional<double> improvement_of(const Recommendation& recommendation);

}  // namespace analyzer

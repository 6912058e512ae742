// The command `analyze`.
#pragma once

#include <optional>
#include <string>

#include "config.hpp"

namespace app {

struct AnalyzeArguments {
    std::optional<std::string> query;  ///< all of the catalogue, when missing
    std::optional<std::string> user;   ///< the largest library, when missing
    bool is_json = false;
};
/// Runs queries of the catalogue and prints how they were answered and which indexes are worth having. Returns
/// 2 for a query that does not exist.
int run_analyze(const Config& config, const AnalyzeArguments& arguments);

}  // namespace app

// Where the variables come from: the environment, CONFIG_FILE, and one file per secret.
#pragma once

#include <expected>
#include <span>
#include <string_view>

#include "config.hpp"

namespace app {

/// `environment` holds `NAME=value` entries and wins over CONFIG_FILE; `<NAME>_FILE` gives a secret without
/// the line end at its end. Faults: a file that cannot be read, a line that is none, a secret that is given
/// twice.
[[nodiscard]] std::expected<Variables, ConfigFaults> collect_variables(
    std::span<const std::string_view> environment);

/// `collect_variables` of this process, then `parse_config`.
[[nodiscard]] std::expected<Config, ConfigFaults> load_config();

}  // namespace app

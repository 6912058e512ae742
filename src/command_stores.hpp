// What commands share: the stores of a running server or their own, and the account that is meant.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "config.hpp"
#include "postgres/connection.hpp"
#include "stores.hpp"

namespace app {

/// Opens and starts the stores, or finds those of a running server.
[[nodiscard]] std::expected<std::unique_ptr<Stores>, std::string> start_stores(const Config& config,
                                                                               const base::Clock& clock);
[[nodiscard]] postgres::ConnectionOptions connection_options(const Config& config, const Stores& stores);

struct ChosenUser {
    base::UserId id;
    std::string name;
};
/// The named account, or the only one there is.
[[nodiscard]] std::expected<ChosenUser, std::string> choose_user(const Config& config, const Stores& stores,
                                                                 const base::Clock& clock,
                                                                 const std::optional<std::string>& name);

}  // namespace app

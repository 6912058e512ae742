// `xbookmarker doctor x`: finds out with one cheap call what is wrong with X, and says it in words.
#pragma once

#include <optional>
#include <string>

#include "config.hpp"
#include "x/account.hpp"

namespace app {

/// Exit status: 0 all is well, 1 something is not. `user` may be missing when there is one account.
int run_doctor_x(const Config& config, const std::optional<std::string>& user);

/// What to tell the operator of an answer to `x::Client::me`; `name` is the account here.
[[nodiscard]] std::string explain(const x::UserAnswer& answer, const x::Account& account,
                                  const std::string& name);
/// Why there are no credentials, and what helps.
[[nodiscard]] std::string explain(const x::Refusal& refusal, const std::string& name);

}  // namespace app

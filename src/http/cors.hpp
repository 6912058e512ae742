// Cross-origin requests (Fetch standard, contract 1.12): who may read answers from another site's page.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.hpp"
#include "http/response.hpp"

namespace http {

class Cors {
public:
    /// Origins as browsers send them, `https://app.example`; compared without case, no trailing slash.
    explicit Cors(std::vector<std::string> origins);

    [[nodiscard]] bool allows(std::string_view origin) const;
    /// The answer to a preflight: 204, with the grant when the origin is allowed. Nothing when it is not one.
    [[nodiscard]] std::optional<Response> preflight(const Call& call) const;
    /// Adds the grant and `Vary: Origin` to an answer.
    void decorate(const Call& call, Response& response) const;

private:
    std::vector<std::string> origins_;
};

}  // namespace http

// Who a request comes from when reverse proxies stand in front (contract 1.11 "client address").
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/networks.hpp"
#include "http/request.hpp"

namespace app {

struct ClientOrigin {
    std::string address;
    bool https = false;  ///< as a trusted proxy says in X-Forwarded-Proto
};

class TrustedProxies {
public:
    TrustedProxies() = default;
    /// Addresses and CIDR blocks, IPv4 or IPv6; nothing when one is neither.
    [[nodiscard]] static std::optional<TrustedProxies> parse(const std::vector<std::string>& networks);

    [[nodiscard]] bool is_empty() const { return networks_.is_empty(); }
    [[nodiscard]] bool trusts(std::string_view address) const;
    /// Reads X-Forwarded-For from the right as long as what it stands behind is trusted; the headers of
    /// others are ignored.
    [[nodiscard]] ClientOrigin find_client(const http::Request& request) const;

private:
    base::Networks networks_;
};

}  // namespace app

// A list of IP networks, as the configuration gives it. Pure.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace base {

/// An address; one of IPv4 that is written as IPv6 (`::ffff:192.0.2.1`) becomes what it stands for.
[[nodiscard]] std::optional<boost::asio::ip::address> parse_address(std::string_view text);

class Networks {
public:
    Networks() = default;
    /// Addresses and CIDR blocks, IPv4 or IPv6; nothing when one is neither.
    [[nodiscard]] static std::optional<Networks> parse(const std::vector<std::string>& networks);

    [[nodiscard]] bool is_empty() const { return v4_.empty() && v6_.empty(); }
    /// An address of IPv4 is only in networks of IPv4, mapped or not.
    [[nodiscard]] bool contains(const boost::asio::ip::address& address) const;

private:
    std::vector<boost::asio::ip::network_v4> v4_;
    std::vector<boost::asio::ip::network_v6> v6_;
};

}  // namespace base

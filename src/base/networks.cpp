#include "base/networks.hpp"

#include <algorithm>

namespace base {
namespace {

namespace ip = boost::asio::ip;

ip::address unmapped(const ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return ip::make_address_v4(ip::v4_mapped, address.to_v6());
    return address;
}

}  // namespace

std::optional<ip::address> parse_address(std::string_view text) {
    boost::system::error_code error;
    const auto address = ip::make_address(std::string(text), error);
    if (error) return std::nullopt;
    return unmapped(address);
}

std::optional<Networks> Networks::parse(const std::vector<std::string>& networks) {
    Networks out;
    for (const auto& text : networks) {
        boost::system::error_code error;
        if (text.contains('/')) {
            if (text.contains(':'))
                out.v6_.push_back(ip::make_network_v6(text, error).canonical());
            else
                out.v4_.push_back(ip::make_network_v4(text, error).canonical());
            if (error) return std::nullopt;
            continue;
        }
        const auto address = parse_address(text);
        if (!address) return std::nullopt;
        if (address->is_v4())
            out.v4_.emplace_back(address->to_v4(), 32);
        else
            out.v6_.emplace_back(address->to_v6(), 128);
    }
    return out;
}

bool Networks::contains(const ip::address& given) const {
    const ip::address address = unmapped(given);
    if (address.is_v4()) {
        return std::ranges::any_of(v4_, [&](const ip::network_v4& network) {
            return ip::network_v4(address.to_v4(), network.prefix_length()).network() == network.network();
        });
    }
    return std::ranges::any_of(v6_, [&](const ip::network_v6& network) {
        return ip::network_v6(address.to_v6(), network.prefix_length()).network() == network.network();
    });
}

}  // namespace base

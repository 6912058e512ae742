#include "trusted_proxies.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "http/parser.hpp"

namespace app {
namespace {

namespace ip = boost::asio::ip;

std::optional<ip::address> parse_address(std::string_view text) {
    boost::system::error_code error;
    auto address = ip::make_address(std::string(text), error);
    if (error) return std::nullopt;
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return ip::address(ip::make_address_v4(ip::v4_mapped, address.to_v6()));
    return address;
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
std::optional<ip::address> parse_hop(std::string_view text) {
    text = http::trim(text);
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        return end == std::string_view::npos ? std::nullopt : parse_address(text.substr(1, end - 1));
    }
    if (std::ranges::count(text, ':') == 1) text = text.substr(0, text.find(':'));
    return parse_address(text);
}

/// Members of all headers of that name, in order.
std::vector<std::string_view> members(const http::Request& request, std::string_view name) {
    std::vector<std::string_view> out;
    for (const auto& header : request.headers) {
        if (!http::equal_ignoring_case(header.name, name)) continue;
        for (std::string_view rest = header.value;;) {
            const auto comma = rest.find(',');
            out.push_back(http::trim(rest.substr(0, comma)));
            if (comma == std::string_view::npos) break;
            rest = rest.substr(comma + 1);
        }
    }
    return out;
}

}  // namespace

std::optional<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& networks) {
    TrustedProxies out;
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

bool TrustedProxies::trusts(std::string_view text) const {
    const auto address = parse_address(text);
    if (!address) return false;
    if (address->is_v4()) {
        return std::ranges::any_of(v4_, [&](const ip::network_v4& network) {
            return ip::network_v4(address->to_v4(), network.prefix_length()).network() == network.network();
        });
    }
    return std::ranges::any_of(v6_, [&](const ip::network_v6& network) {
        return ip::network_v6(address->to_v6(), network.prefix_length()).network() == network.network();
    });
}

ClientOrigin TrustedProxies::find_client(const http::Request& request) const {
    ClientOrigin found{std::string(request.peer), false};
    if ((v4_.empty() && v6_.empty()) || !trusts(found.address)) return found;
    const auto protocols = members(request, "x-forwarded-proto");
    found.https = !protocols.empty() && http::equal_ignoring_case(protocols.back(), "https");
    auto hops = members(request, "x-forwarded-for");
    while (!hops.empty() && trusts(found.address)) {
        const auto hop = parse_hop(hops.back());
        hops.pop_back();
        // What a trusted proxy did not write as an address cannot be anybody's.
        if (!hop) break;
        found.address = hop->to_string();
    }
    return found;
}

}  // namespace app

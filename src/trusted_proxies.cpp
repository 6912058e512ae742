#include "trusted_proxies.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "http/parser.hpp"

namespace app {
namespace {

namespace ip = boost::asio::ip;

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
std::optional<ip::address> parse_hop(std::string_view text) {
    text = http::trim(text);
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        return end == std::string_view::npos ? std::nullopt : base::parse_address(text.substr(1, end - 1));
    }
    if (std::ranges::count(text, ':') == 1) text = text.substr(0, text.find(':'));
    return base::parse_address(text);
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
    auto parsed = base::Networks::parse(networks);
    if (!parsed) return std::nullopt;
    TrustedProxies out;
    out.networks_ = std::move(*parsed);
    return out;
}

bool TrustedProxies::trusts(std::string_view text) const {
    const auto address = base::parse_address(text);
    return address && networks_.contains(*address);
}

ClientOrigin TrustedProxies::find_client(const http::Request& request) const {
    ClientOrigin found{std::string(request.peer), false};
    if (is_empty() || !trusts(found.address)) return found;
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

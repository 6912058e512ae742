#include "fetch/addresses.hpp"

#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <cstring>
#include <string>

#include "base/log.hpp"

namespace fetch {
namespace {

namespace ip = boost::asio::ip;

// IANA's registries "IPv4 Special-Purpose Address Space" and "IPv6 Special-Purpose Address Space".
const base::Networks& special() {
    static const base::Networks kSpecial =
        base::Networks::parse({"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
                               "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
                               "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
                               "224.0.0.0/4", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16",
                               "3fff::/20"})
            .value();
    return kSpecial;
}

const ip::network_v6 kUnicast(ip::make_address_v6("2000::"), 3);
const ip::network_v6 kNat64(ip::make_address_v6("64:ff9b::"), 96);

bool is_in(const ip::address_v6& address, const ip::network_v6& network) {
    return ip::network_v6(address, network.prefix_length()).network() == network.network();
}

ip::address_v4 last_four(const ip::address_v6& address) {
    const auto bytes = address.to_bytes();
    ip::address_v4::bytes_type out{};
    std::ranges::copy_n(bytes.begin() + 12, out.size(), out.begin());
    return ip::address_v4(out);
}

curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* target) {
    const auto& addresses = *static_cast<const Addresses*>(user);
    ip::tcp::endpoint endpoint;
    if (target->addrlen > endpoint.capacity()) return CURL_SOCKET_BAD;
    std::memcpy(endpoint.data(), &target->addr, target->addrlen);
    const bool is_ip = target->family == AF_INET || target->family == AF_INET6;
    if (!is_ip || !addresses.permit(endpoint.address())) {
        base::log::warn(
            "an outgoing connection was refused: ALLOW_PRIVATE_ADDRESSES does not name the address",
            {{"address", is_ip ? endpoint.address().to_string() : std::string()}});
        return CURL_SOCKET_BAD;
    }
    return ::socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

}  // namespace

bool is_public(const ip::address& address) {
    if (address.is_v4()) return !special().contains(address);
    const ip::address_v6 v6 = address.to_v6();
    if (v6.is_v4_mapped() || is_in(v6, kNat64)) return is_public(last_four(v6));
    return is_in(v6, kUnicast) && !special().contains(address);
}

Addresses Addresses::public_and(base::Networks allowed) {
    Addresses out;
    out.any_ = false;
    out.allowed_ = std::move(allowed);
    return out;
}

bool Addresses::permit(const ip::address& address) const {
    return any_ || allowed_.contains(address) || is_public(address);
}

void restrict(CURL* handle, const Addresses& addresses) {
    if (addresses.is_any()) return;
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, const_cast<Addresses*>(&addresses));
}

}  // namespace fetch

#include "listen_port.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <fmt/format.h>

namespace app {

using boost::asio::ip::tcp;

std::expected<void, std::string> check_port_is_free(const std::string& host, std::uint16_t port) {
    if (port == 0) return {};
    boost::asio::io_context io(1);
    std::string name = host;
    if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
    boost::system::error_code error;
    tcp::resolver resolver(io);
    const auto found = resolver.resolve(name, std::to_string(port), tcp::resolver::passive, error);
    if (error || found.empty())
        return std::unexpected(fmt::format("HOST: cannot resolve \"{}\": {}", host, error.message()));
    const tcp::endpoint endpoint = found.begin()->endpoint();
    tcp::acceptor acceptor(io);
    acceptor.open(endpoint.protocol(), error);
    // Without this, connections of an earlier run that are still fading away would count.
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (error == boost::asio::error::address_in_use)
        return std::unexpected(
            fmt::format("port {} of {} is in use by another program; set PORT", port, host));
    if (error)
        return std::unexpected(fmt::format("cannot take port {} of {}: {}", port, host, error.message()));
    return {};
}

}  // namespace app

#include "redis/address.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

namespace redis {
namespace {

constexpr int kDatabaseMax = 65535;

std::optional<int> parse_database(std::string_view path) {
    if (path.starts_with('/')) path.remove_prefix(1);
    if (path.empty()) return 0;
    int number = 0;
    const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), number);
    if (error != std::errc() || end != path.data() + path.size() || number < 0 || number > kDatabaseMax)
        return std::nullopt;
    return number;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
    const auto url = boost::urls::parse_uri(text);
    if (!url || url->has_query() || url->has_fragment()) return std::nullopt;
    Address address;
    address.user = url->user();
    address.password = url->password();
    if (url->scheme() == "unix") {
        address.socket = url->path();
        if (!url->host().empty() || address.socket.size() < 2) return std::nullopt;
        return address;
    }
    if (url->scheme() != "redis") return std::nullopt;
    // Of `[::1]` without its brackets: that is what a resolver takes.
    address.host = url->host_type() == boost::urls::host_type::ipv6 ? url->host_address() : url->host();
    if (address.host.empty()) return std::nullopt;
    if (url->has_port() && !url->port().empty()) {
        if (url->port_number() == 0) return std::nullopt;
        address.port = url->port();
    }
    const auto database = parse_database(url->path());
    if (!database) return std::nullopt;
    address.database = *database;
    return address;
}

}  // namespace redis

// Where a Redis server listens, from its URL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace redis {

struct Address {
    std::string socket;  ///< path of a Unix socket; empty: TCP
    std::string host;
    std::string port = "6379";
    std::string user;
    std::string password;
    int database = 0;
};

/// `unix:///path/to.sock`, `redis://[[user]:password@]host[:port][/number]`; nothing for anything else.
[[nodiscard]] std::optional<Address> parse_address(std::string_view url);

}  // namespace redis

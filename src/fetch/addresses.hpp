// Which addresses an outgoing connection may have. Checked where libcurl opens the socket, after names were
// resolved, so that a name cannot first point to one address and then to another (decisions/012).
#pragma once

#include <boost/asio/ip/address.hpp>

#include "base/networks.hpp"

using CURL = void;

namespace fetch {

/// Whether everybody on the internet could reach the address: neither loopback, link-local, private, shared,
/// multicast, documentation nor reserved, and nothing that carries such an address (mapped, NAT64, 6to4).
[[nodiscard]] bool is_public(const boost::asio::ip::address& address);

/// By default any.
class Addresses {
public:
    Addresses() = default;
    /// Public ones, and those of `allowed`.
    [[nodiscard]] static Addresses public_and(base::Networks allowed);

    [[nodiscard]] bool is_any() const { return any_; }
    [[nodiscard]] bool permit(const boost::asio::ip::address& address) const;

private:
    bool any_ = true;
    base::Networks allowed_;
};

/// Connections of `handle` go to `addresses` only, which must outlive it. The address of a proxy counts as
/// well: behind one, it is the proxy that decides.
void restrict(CURL* handle, const Addresses& addresses);

}  // namespace fetch

#include "fetch/addresses.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "fetch/client.hpp"
#include "fetch/test_host.hpp"

namespace fetch {
namespace {

using boost::asio::ip::make_address;

TEST(Addresses, KnowWhatIsNotPublic) {
    // First and last of every range.
    for (const auto* const text : {"0.0.0.0",
                                   "0.255.255.255",
                                   "10.0.0.0",
                                   "10.255.255.255",
                                   "100.64.0.0",
                                   "100.127.255.255",
                                   "127.0.0.1",
                                   "127.255.255.255",
                                   "169.254.0.0",
                                   "169.254.169.254",
                                   "169.254.255.255",
                                   "172.16.0.0",
                                   "172.31.255.255",
                                   "192.0.0.0",
                                   "192.0.0.255",
                                   "192.0.2.1",
                                   "192.88.99.1",
                                   "192.168.0.0",
                                   "192.168.255.255",
                                   "198.18.0.0",
                                   "198.19.255.255",
                                   "198.51.100.1",
                                   "203.0.113.1",
                                   "224.0.0.0",
                                   "239.255.255.255",
                                   "240.0.0.0",
                                   "255.255.255.255",
                                   "::",
                                   "::1",
                                   "::127.0.0.1",
                                   "::ffff:127.0.0.1",
                                   "::ffff:10.0.0.1",
                                   "::ffff:169.254.169.254",
                                   "64:ff9b::127.0.0.1",
                                   "64:ff9b::10.1.2.3",
                                   "64:ff9b:1::1",
                                   "100::1",
                                   "2001::1",
                                   "2001:1ff::1",
                                   "2001:db8::1",
                                   "2002:7f00:1::1",
                                   "3fff::1",
                                   "fc00::1",
                                   "fdff::1",
                                   "fe80::1",
                                   "febf::1",
                                   "fec0::1",
                                   "ff02::1",
                                   "ff0e::1"})
        EXPECT_FALSE(is_public(make_address(text))) << text;
}

TEST(Addresses, KnowWhatIsPublic) {
    for (const auto* const text : {"1.1.1.1",          "9.255.255.255",   "11.0.0.0",
                                   "100.63.255.255",   "100.128.0.0",     "126.255.255.255",
                                   "128.0.0.0",        "169.253.255.255", "169.255.0.0",
                                   "172.15.255.255",   "172.32.0.0",      "192.0.1.0",
                                   "192.167.255.255",  "192.169.0.0",     "198.17.255.255",
                                   "198.20.0.0",       "223.255.255.255", "::ffff:1.1.1.1",
                                   "64:ff9b::1.1.1.1", "2001:200::1",     "2001:4860:4860::8888",
                                   "2606:4700::1111",  "3ffe::1"})
        EXPECT_TRUE(is_public(make_address(text))) << text;
}

TEST(Addresses, AllowWhatIsNamed) {
    const auto some =
        Addresses::public_and(base::Networks::parse({"10.1.0.0/16", "127.0.0.1", "fd00::/8"}).value());
    for (const auto* const text : {"10.1.2.3", "127.0.0.1", "::ffff:10.1.2.3", "fd12::1", "1.1.1.1"})
        EXPECT_TRUE(some.permit(make_address(text))) << text;
    for (const auto* const text : {"10.2.0.1", "127.0.0.2", "::1", "fc00::1", "::ffff:10.2.0.1"})
        EXPECT_FALSE(some.permit(make_address(text))) << text;
    EXPECT_TRUE(Addresses().permit(make_address("127.0.0.1")));
}

std::expected<Answer, Failure> get(const std::string& url, Addresses addresses, bool may_be_private = false) {
    const base::SystemClock clock;
    Breakers breakers{{}};
    boost::asio::io_context io{1};
    Client client{io, {.addresses = std::move(addresses)}, breakers, clock};
    std::expected<Answer, Failure> outcome = std::unexpected(Failure{});
    boost::asio::co_spawn(
        io, client.send({.url = url, .timeout = std::chrono::seconds(10), .may_be_private = may_be_private}),
        [&](const std::exception_ptr& error, std::expected<Answer, Failure> done) {
            if (error) std::rethrow_exception(error);
            outcome = std::move(done);
            io.stop();
        });
    io.run();
    return outcome;
}

TEST(Addresses, HoldAfterTheNameWasResolved) {
    TestHost host(
        [](const std::string&, std::size_t) { return TestHost::Reaction{TestHost::answer(200, "x")}; });
    const std::string by_address = host.url();
    const std::string port = by_address.substr(by_address.rfind(':'));
    for (const std::string name :
         {"127.0.0.1", "localhost", "0x7f.1", "2130706433", "0177.0.0.1", "[::ffff:127.0.0.1]", "0.0.0.0"}) {
        const auto answer = get("http://" + name + port, Addresses::public_and({}));
        ASSERT_FALSE(answer) << name;
        EXPECT_EQ(answer.error().kind, Failure::Kind::unreachable) << name;
    }
    EXPECT_EQ(host.requests().size(), 0U);
    const auto allowed = Addresses::public_and(base::Networks::parse({"127.0.0.1"}).value());
    EXPECT_TRUE(get(by_address, allowed));
    EXPECT_TRUE(get("http://localhost" + port, allowed));
    EXPECT_TRUE(get(by_address, Addresses::public_and({}), true));
}

TEST(Addresses, ARedirectIsNotFollowedToThem) {
    TestHost inside(
        [](const std::string&, std::size_t) { return TestHost::Reaction{TestHost::answer(200, "secret")}; });
    TestHost outside([&](const std::string&, std::size_t) {
        return TestHost::Reaction{TestHost::answer(302, "", "Location: " + inside.url() + "\r\n")};
    });
    const auto answer = get(outside.url(), {});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 302);
    EXPECT_EQ(inside.requests().size(), 0U);
}

}  // namespace
}  // namespace fetch

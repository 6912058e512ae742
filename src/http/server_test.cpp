// Real sockets on the loopback interface against a tiny application.
#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <random>
#include <thread>

#include "http/compression.hpp"
#include "http/test_server.hpp"

namespace http::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

std::string post(std::string_view path, std::string_view headers, std::string_view body) {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(headers) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

bool has_code(const Reply& reply, std::string_view code) {
    return reply.header("content-type") == "application/problem+json" &&
           reply.body.find("\"code\":\"" + std::string(code) + "\"") != std::string::npos;
}

TEST(Server, AnswersWithTheHeadersOfEveryAnswer) {
    TestServer server;
    Client client(server.port());
    const Reply reply = client.ask(kGet);
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(reply.body, "GET /a ");
    EXPECT_EQ(reply.header("x-frame-options"), "DENY");
    EXPECT_EQ(reply.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(reply.header("cache-control"), "no-store");
    EXPECT_EQ(reply.header("vary"), "Authorization, Cookie, Accept-Encoding");
    EXPECT_EQ(reply.header("x-request-id").size(), 36U);
    EXPECT_EQ(reply.header("date").size(), 29U);
    EXPECT_EQ(reply.header("strict-transport-security"), "");
    EXPECT_TRUE(reply.header("content-security-policy").ends_with("frame-ancestors 'none'"));
}

TEST(Server, TakesARequestIdOnlyWhenItIsOne) {
    TestServer server;
    Client client(server.port());
    EXPECT_EQ(
        client.ask("GET / HTTP/1.1\r\nHost: x\r\nX-Request-ID: ab.C_1-2\r\n\r\n").header("x-request-id"),
        "ab.C_1-2");
    EXPECT_EQ(
        client.ask("GET / HTTP/1.1\r\nHost: x\r\nX-Request-ID: a b\r\n\r\n").header("x-request-id").size(),
        36U);
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
    TestServer server;
    Client client(server.port());
    std::string requests;
    for (int i = 0; i < 200; ++i) {
        requests += i % 3 == 0   ? "GET /now HTTP/1.1\r\nHost: x\r\n\r\n"
                    : i % 3 == 1 ? "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n"
                                 : post("/echo", "", "body" + std::to_string(i));
    }
    client.send(requests);
    for (int i = 0; i < 200; ++i) {
        const Reply reply = client.read();
        ASSERT_EQ(reply.status, 200U) << i;
        const std::string expected = i % 3 == 0   ? "{\"now\":true}"
                                     : i % 3 == 1 ? "GET /" + std::to_string(i) + " "
                                                  : "POST /echo body" + std::to_string(i);
        ASSERT_EQ(reply.body, expected);
    }
    EXPECT_EQ(server.application.wait_finished(200).size(), 200U);
}

TEST(Server, ReadsRequestsThatComeByteByByte) {
    TestServer server;
    Client client(server.port());
    const std::string requests =
        post("/echo", "", "hello") +
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nX-Trailer: 1\r\n\r\n"
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
        std::string(kGet);
    for (const char c : requests)
        client.send({&c, 1});
    EXPECT_EQ(client.read().body, "POST /echo hello");
    EXPECT_EQ(client.read().body, "POST /echo hello!");
    EXPECT_EQ(client.read().body, "POST /echo ");
    EXPECT_EQ(client.read().body, "GET /a ");
}

TEST(Server, ReadsLargeBodiesAndWhatFollowsThem) {
    TestServer server;
    Client client(server.port());
    std::string large(3'000'000, 'x');
    client.send(post("/echo", "", large) + std::string(kGet));
    EXPECT_EQ(client.read().body.size(), large.size() + 11);
    EXPECT_EQ(client.read().body, "GET /a ");
}

TEST(Server, DecodesGzipBodiesWithinTheLimit) {
    ServerOptions options{.port = 0};
    options.max_body_bytes = 1'000'000;
    TestServer server(options);
    Client client(server.port());
    const auto coded = compress("zipped text", Coding::gzip).value();
    EXPECT_EQ(client.ask(post("/echo", "Content-Encoding: gzip\r\n", coded)).body, "POST /echo zipped text");
    const Reply cut =
        client.ask(post("/echo", "Content-Encoding: gzip\r\n", coded.substr(0, coded.size() - 4)));
    EXPECT_TRUE(has_code(cut, "MALFORMED_REQUEST"));
    Client second(server.port());
    std::string zeros;
    zeros.resize(50'000'000);
    const auto bomb = compress(zeros, Coding::gzip).value();
    const Reply refused = second.ask(post("/echo", "Content-Encoding: gzip\r\n", bomb));
    EXPECT_EQ(refused.status, 413U);
    EXPECT_TRUE(has_code(refused, "REQUEST_TOO_LARGE"));
    EXPECT_NE(refused.body.find("\"maxSize\":\"1000000b\""), std::string::npos);
    Client third(server.port());
    EXPECT_EQ(third.ask(post("/echo", "Content-Encoding: br\r\n", "x")).status, 415U);
}

TEST(Server, RefusesWhatIsTooLarge) {
    TestServer server;
    const std::string long_target = "GET /" + std::string(17'000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n";
    const std::string long_header =
        "GET / HTTP/1.1\r\nHost: x\r\nX-A: " + std::string(70'000, 'a') + "\r\n\r\n";
    std::string many_headers = "GET / HTTP/1.1\r\nHost: x\r\n";
    for (int i = 0; i < 300; ++i)
        many_headers += "A: b\r\n";
    EXPECT_TRUE(has_code(Client(server.port()).ask(long_target), "URI_TOO_LONG"));
    EXPECT_TRUE(has_code(Client(server.port()).ask(long_header), "HEADERS_TOO_LARGE"));
    EXPECT_TRUE(has_code(Client(server.port()).ask(many_headers + "\r\n"), "HEADERS_TOO_LARGE"));
    EXPECT_TRUE(
        has_code(Client(server.port()).ask(post("/small", "", std::string(1001, 'a'))), "REQUEST_TOO_LARGE"));
    EXPECT_EQ(Client(server.port()).ask(post("/small", "", std::string(1000, 'a'))).status, 200U);
    const Reply chunked =
        Client(server.port())
            .ask("POST /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
                 std::string(1001, 'a') + "\r\n0\r\n\r\n");
    EXPECT_EQ(chunked.status, 413U);
    EXPECT_EQ(chunked.header("connection"), "close");
}

struct Bad {
    const char* what;
    std::string bytes;
    unsigned status;
};

TEST(Server, RefusesMalformedAndAmbiguousRequests) {
    const std::string host = "Host: x\r\n";
    const Bad table[] = {
        {"both lengths",
         "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         400},
        {"both, other order",
         "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
         400},
        {"two lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
         400},
        {"length list", "POST / HTTP/1.1\r\n" + host + "Content-Length: 5, 6\r\n\r\nhello", 400},
        {"length sign", "POST / HTTP/1.1\r\n" + host + "Content-Length: +5\r\n\r\nhello", 400},
        {"length hex", "POST / HTTP/1.1\r\n" + host + "Content-Length: 0x5\r\n\r\nhello", 400},
        {"length huge", "POST / HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999\r\n\r\n", 400},
        {"gzip, chunked", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
         501},
        {"identity", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: identity\r\n\r\n", 501},
        {"xchunked", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n", 501},
        {"chunked twice",
         "POST / HTTP/1.1\r\n" + host +
             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         400},
        {"1.0 chunked", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"chunk size",
         "POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
         400},
        {"chunk overflow",
         "POST /echo HTTP/1.1\r\n" + host +
             "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n",
         400},
        {"chunk end",
         "POST /echo HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n", 400},
        {"folded", "GET / HTTP/1.1\r\n" + host + "A: b\r\n c\r\n\r\n", 400},
        {"bare LF", "GET / HTTP/1.1\n" + host + "\n", 400},
        {"bare CR", "GET / HTTP/1.1\r\n" + host + "A: b\rc\r\n\r\n", 400},
        {"NUL", "GET / HTTP/1.1\r\n" + host + "A: b" + std::string(1, '\0') + "c\r\n\r\n", 400},
        {"blank before colon", "GET / HTTP/1.1\r\n" + host + "A : b\r\n\r\n", 400},
        {"no colon", "GET / HTTP/1.1\r\n" + host + "nothing\r\n\r\n", 400},
        {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
        {"two hosts", "GET / HTTP/1.1\r\n" + host + host + "\r\n", 400},
        {"preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"1.2", "GET / HTTP/1.2\r\n" + host + "\r\n", 505},
        {"no version", "GET /\r\n" + host + "\r\n", 400},
        {"version words", "GET / SPDY/1.1\r\n" + host + "\r\n", 400},
        {"TLS", std::string("\x16\x03\x01\x02\x00\x01", 6), 400},
        {"authority form", "CONNECT x:443 HTTP/1.1\r\n" + host + "\r\n", 400},
        {"relative target", "GET a/b HTTP/1.1\r\n" + host + "\r\n", 400},
        {"escape", "GET /%zz HTTP/1.1\r\n" + host + "\r\n", 400},
        {"NUL in path", "GET /%00 HTTP/1.1\r\n" + host + "\r\n", 400},
        {"no UTF-8 in path", "GET /%ff HTTP/1.1\r\n" + host + "\r\n", 400},
    };
    TestServer server;
    for (const Bad& bad : table) {
        Client client(server.port());
        const Reply reply = client.ask(bad.bytes);
        EXPECT_EQ(reply.status, bad.status) << bad.what;
        EXPECT_EQ(reply.header("content-type"), "application/problem+json") << bad.what;
        EXPECT_EQ(reply.header("x-request-id").size(), 36U) << bad.what;
    }
    EXPECT_EQ(Client(server.port()).ask(kGet).status, 200U);
}

TEST(Server, KeepsOrEndsConnectionsAsAsked) {
    TestServer server;
    Client ten(server.port());
    EXPECT_EQ(ten.ask("GET / HTTP/1.0\r\n\r\n").header("connection"), "close");
    EXPECT_TRUE(ten.closed());
    Client kept(server.port());
    EXPECT_EQ(kept.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").header("connection"),
              "keep-alive");
    EXPECT_EQ(kept.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").header("connection"), "");
    EXPECT_EQ(kept.ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").header("connection"),
              "close");
    EXPECT_TRUE(kept.closed());
    Client half(server.port());
    half.send(kGet);
    half.half_close();
    EXPECT_EQ(half.read().status, 200U);
    EXPECT_TRUE(half.closed());
    Client absolute(server.port());
    EXPECT_EQ(absolute.ask("GET http://x/b%20c?d=e HTTP/1.1\r\nHost: x\r\n\r\n").body, "GET /b c ");
    EXPECT_EQ(absolute.ask("\r\nGET /b/ HTTP/1.1\r\nHost: x\r\n\r\n").body, "GET /b ");
}

TEST(Server, AnswersHeadLikeGetWithoutTheBody) {
    TestServer server;
    Client client(server.port());
    const std::string rest = " /text HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nX-Request-ID: r\r\n\r\n";
    Reply get = client.ask("GET" + rest);
    Reply head = client.ask("HEAD" + rest);
    get.headers.erase("date");
    head.headers.erase("date");
    EXPECT_EQ(get.headers, head.headers);
    EXPECT_EQ(head.header("content-encoding"), "gzip");
    EXPECT_EQ(client.ask(kGet).status, 200U);
}

TEST(Server, AnswersConditionalRequests) {
    TestServer server;
    Client client(server.port());
    const auto ask = [&](std::string_view path, const std::string& headers) {
        return client.ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
    };
    const std::string weak = ask("/text", "").header("etag");
    EXPECT_TRUE(weak.starts_with("W/\""));
    for (const std::string& tag : {weak, weak.substr(2), "\"x\", " + weak, std::string("*")}) {
        const Reply reply = ask("/text", "If-None-Match: " + tag + "\r\n");
        EXPECT_EQ(reply.status, 304U) << tag;
        EXPECT_EQ(reply.header("etag"), weak);
        EXPECT_EQ(reply.headers.count("content-length"), 0U);
    }
    EXPECT_EQ(ask("/text", "If-None-Match: \"other\"\r\n").status, 200U);
    EXPECT_EQ(ask("/strong", "").header("etag"), "\"7.1\"");
    EXPECT_EQ(ask("/strong", "Accept-Encoding: br\r\n").header("etag"), "\"7.1-br\"");
    EXPECT_EQ(ask("/strong", "If-None-Match: \"7.1-br\"\r\n").status, 304U);
    EXPECT_EQ(ask("/strong", "If-None-Match: \"7.2-br\"\r\n").status, 200U);
}

TEST(Server, CompressesByQuality) {
    TestServer server;
    Client client(server.port());
    const std::pair<std::string, std::string> table[] = {
        {"gzip", "gzip"},       {"gzip, br, zstd", "br"},
        {"gzip, zstd", "zstd"}, {"br;q=0.5, gzip;q=0.8", "gzip"},
        {"br;q=0, *", "zstd"},  {"identity", ""},
        {"br;q=0", ""},         {"*;q=0.1", "br"},
        {"br;q=nonsense", ""},  {"identity, br;q=0.5", ""},
        {"deflate", ""},        {"GZIP", "gzip"},
    };
    for (const auto& [accepted, expected] : table) {
        const Reply reply =
            client.ask("GET /text HTTP/1.1\r\nHost: x\r\nAccept-Encoding: " + accepted + "\r\n\r\n");
        EXPECT_EQ(reply.header("content-encoding"), expected) << accepted;
        EXPECT_LT(reply.body.size(), expected.empty() ? 4001U : 200U) << accepted;
    }
    EXPECT_EQ(
        client.ask("GET /a HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br\r\n\r\n").header("content-encoding"),
        "");
}

TEST(Server, KeepsHeaderValuesOnOneLine) {
    TestServer server;
    Client client(server.port());
    const Reply reply = client.ask("GET /inject HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(reply.header("x-text"), "a  X-Evil: 1");
    EXPECT_EQ(reply.header("x-evil"), "");
    EXPECT_TRUE(reply.header("server-timing").starts_with("total;dur="));
    EXPECT_TRUE(reply.header("server-timing").ends_with(", db;dur=1"));
}

TEST(Server, AnswersExceptionsAndGoesOn) {
    TestServer server;
    Client client(server.port());
    EXPECT_TRUE(has_code(client.ask("GET /throw HTTP/1.1\r\nHost: x\r\n\r\n"), "QUERY_TIMEOUT"));
    EXPECT_TRUE(has_code(client.ask("GET /throw-now HTTP/1.1\r\nHost: x\r\n\r\n"), "INTERNAL_ERROR"));
    EXPECT_EQ(client.ask(kGet).status, 200U);
}

TEST(Server, AsksForTheBodyOnlyAfterAdmission) {
    TestServer server;
    Client client(server.port());
    client.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    EXPECT_EQ(client.read().status, 100U);
    client.send("hello");
    EXPECT_EQ(client.read().body, "POST /echo hello");
    const Reply refused =
        client.ask("POST /refused HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    EXPECT_EQ(refused.status, 401U);
    EXPECT_EQ(refused.header("www-authenticate"), "Bearer");
    EXPECT_EQ(refused.header("connection"), "close");
}

TEST(Server, ReadsPastTheBodyOfARefusedRequest) {
    TestServer server;
    Client client(server.port());
    const std::string body(100'000, 'x');
    client.send(post("/refused", "", body) + std::string(kGet));
    EXPECT_EQ(client.read().status, 401U);
    EXPECT_EQ(client.read().body, "GET /a ");
    // Too much to read past: the answer arrives although we go on sending.
    const Reply large = client.ask(post("/refused", "", std::string(900'000, 'x')));
    EXPECT_EQ(large.status, 401U);
    EXPECT_EQ(large.header("connection"), "close");
}

TEST(Server, SpoolsUploadsAndRemovesThem) {
    std::string directory = (std::filesystem::temp_directory_path() / "http-test-XXXXXX").string();
    ASSERT_NE(::mkdtemp(directory.data()), nullptr);
    ServerOptions options{.port = 0};
    options.spool_directory = directory;
    TestServer server(options);
    Client client(server.port());
    EXPECT_EQ(client.ask(post("/upload", "", std::string(500'000, 'u'))).status, 200U);
    (void)server.application.wait_finished(1);
    EXPECT_EQ(server.application.spooled_size, 500'000U);
    EXPECT_TRUE(server.application.spooled_path.starts_with(directory));
    EXPECT_TRUE(client.ask(post("/upload", "Content-Encoding: gzip\r\n", "no gzip")).status == 400U);
    server.server().stop();
    server.wait_empty();
    EXPECT_TRUE(std::filesystem::is_empty(directory));
    std::filesystem::remove_all(directory);
}

TEST(Server, StreamsBodies) {
    TestServer server;
    Client client(server.port());
    const Reply chunked = client.ask("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(chunked.header("transfer-encoding"), "chunked");
    EXPECT_EQ(chunked.body, "piece 1;piece 2;piece 3;");
    client.send(std::string(kGet) + "GET /stream-known HTTP/1.1\r\nHost: x\r\n\r\n" + std::string(kGet));
    EXPECT_EQ(client.read().body, "GET /a ");
    EXPECT_EQ(client.read().body, "piece 1;piece 2;piece 3;");
    EXPECT_EQ(client.read().body, "GET /a ");
    Client old(server.port());
    old.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_TRUE(old.read_all().ends_with("\r\n\r\npiece 1;piece 2;piece 3;"));
    const auto finished = server.application.wait_finished(5);
    ASSERT_EQ(finished.size(), 5U);
    EXPECT_EQ(finished[2].path, "/stream-known");
    EXPECT_GT(finished[2].bytes, 24U);
}

TEST(Server, EndsWhatTakesTooLong) {
    ServerOptions options{.port = 0};
    options.header_timeout = options.body_idle_timeout = options.keep_alive_timeout = options.write_timeout =
        40ms;
    options.linger_time = 40ms;
    TestServer server(options);
    Client idle(server.port());
    EXPECT_TRUE(idle.closed());
    Client header(server.port());
    header.send("GET / HTTP/1.1\r\nHo");
    EXPECT_TRUE(has_code(header.read(), "REQUEST_TIMEOUT"));
    EXPECT_TRUE(header.closed());
    Client body(server.port());
    body.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
    EXPECT_TRUE(has_code(body.read(), "REQUEST_TIMEOUT"));
    std::string large;
    large.resize(20'000'000, 'l');
    server.application.large = base::make_body(std::move(large));
    const std::size_t before = server.application.handled;
    Client slow(server.port(), 4096);
    slow.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
    server.wait_handled(before + 1);
    server.wait_empty();
    EXPECT_EQ(server.server().connections(), 0U);
    EXPECT_LT(slow.read_all().size(), 20'000'000U);
}

TEST(Server, WaitsForASlowReader) {
    TestServer server;
    std::string large;
    std::mt19937 random(1);
    while (large.size() < 6'000'000)
        large.push_back(static_cast<char>('a' + random() % 26));
    server.application.large = base::make_body(large);
    Client slow(server.port(), 4096);
    slow.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\nGET /large HTTP/1.1\r\nHost: x\r\n\r\n" +
              std::string(kGet));
    EXPECT_TRUE(slow.read().body == large);
    EXPECT_TRUE(slow.read().body == large);
    EXPECT_EQ(slow.read().body, "GET /a ");
}

// What a client that sends and never reads can make the server hold: the answers that the system takes, and
// few beyond them.
TEST(Server, WhoReadsNothingIsNotServedFarAhead) {
    ServerOptions options{.port = 0};
    options.write_timeout = 40ms;
    options.linger_time = 40ms;
    TestServer server(options);
    std::string large;
    large.resize(2'000'000, 'l');
    server.application.large = base::make_body(std::move(large));
    Client client(server.port(), 4096);
    std::string requests;
    for (int i = 0; i < 500; ++i)
        requests += "GET /large HTTP/1.1\r\nHost: x\r\n\r\n";
    client.send(requests);
    server.wait_handled(1);
    server.wait_empty();
    EXPECT_EQ(server.server().connections(), 0U);
    EXPECT_GE(server.application.handled.load(), 1U);
    EXPECT_LT(server.application.handled.load(), 20U);
}

TEST(Server, AHeaderThatTricklesInIsEndedAllTheSame) {
    ServerOptions options{.port = 0};
    options.header_timeout = 100ms;
    TestServer server(options);
    Client client(server.port());
    client.send("GET / HTTP/1.1\r\nHost: x\r\nX-A: ");
    std::atomic<bool> ended = false;
    std::thread drip([&] {
        while (!ended) {
            client.send("a");
            std::this_thread::sleep_for(5ms);
        }
    });
    const Reply reply = client.read();
    ended = true;
    drip.join();
    EXPECT_TRUE(has_code(reply, "REQUEST_TIMEOUT"));
}

TEST(Server, TellsTheApplicationOfClientsThatLeave) {
    TestServer server;
    {
        Client client(server.port());
        client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe");
    }
    const auto finished = server.application.wait_finished(1);
    ASSERT_EQ(finished.size(), 1U);
    EXPECT_EQ(finished[0].status, kClientGone);
}

TEST(Server, DrainsWithoutDroppingRequests) {
    ServerOptions options{.port = 0};
    options.drain_grace = 60ms;
    TestServer server(options);
    Client held(server.port());
    Client idle(server.port());
    Client late(server.port());
    EXPECT_EQ(late.ask(kGet).status, 200U);
    EXPECT_EQ(idle.ask(kGet).status, 200U);
    held.send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
    server.application.wait_held();
    server.server().drain();
    const Reply reply = late.ask(kGet);
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(reply.header("connection"), "close");
    EXPECT_TRUE(idle.closed());
    EXPECT_THROW(Client{server.port()}, std::runtime_error);
    server.application.release();
    const Reply last = held.read();
    EXPECT_EQ(last.body, "{\"held\":true}");
    EXPECT_EQ(last.header("connection"), "close");
    server.wait_empty();
    EXPECT_EQ(server.server().connections(), 0U);
}

TEST(Server, RefusesConnectionsBeyondTheLimit) {
    ServerOptions options{.port = 0};
    options.max_connections = 2;
    TestServer server(options);
    Client one(server.port());
    Client two(server.port());
    EXPECT_EQ(one.ask(kGet).status, 200U);
    EXPECT_EQ(two.ask(kGet).status, 200U);
    Client three(server.port());
    const Reply reply = three.ask(kGet);
    EXPECT_EQ(reply.status, 503U);
    EXPECT_EQ(reply.header("retry-after"), "1");
    EXPECT_EQ(one.ask(kGet).status, 200U);
}

TEST(Server, ListensOnIpv6AndTellsWhyItCannot) {
    TestApplication application;
    base::SystemClock clock;
    base::asio::io_context io;
    ServerOptions options{.port = 0};
    options.host = "[::1]";
    options.port = 0;
    Server six(io, options, application, clock);
    const auto listening = six.listen();
    if (listening) {
        EXPECT_NE(six.port(), 0);
    } else {
        EXPECT_NE(listening.error().find("::1"), std::string::npos);
    }
    options.host = "192.0.2.1";  // TEST-NET-1, nobody's
    Server nowhere(io, options, application, clock);
    const auto failed = nowhere.listen();
    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().find("192.0.2.1"), std::string::npos);
}

// Two workers on one port: the system spreads connections by a hash, which with few of them is uneven.
TEST(Server, PeersGetAsManyConnectionsEach) {
    const auto peers = Server::make_peers();
    TestServer first({.port = 0}, peers);
    TestServer second({.port = first.port()}, peers);
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(std::make_unique<Client>(first.port()));
        EXPECT_EQ(clients.back()->ask(kGet).body, "GET /a ");  // accepted, wherever
    }
    EXPECT_EQ(first.server().connections(), 10U);
    EXPECT_EQ(second.server().connections(), 10U);
    EXPECT_EQ(first.application.handled + second.application.handled, 20U);
    for (auto& client : clients)
        EXPECT_EQ(client->ask(kGet).body, "GET /a ");
    clients.clear();
    first.wait_empty();
    second.wait_empty();
    EXPECT_EQ(first.server().connections() + second.server().connections(), 0U);
}

}  // namespace
}  // namespace http::test

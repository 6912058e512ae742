#include "http/parser.hpp"
#include "base/encoding.hpp"

#include <gtest/gtest.h>

#include <random>

#include "http/percent.hpp"

namespace http {
namespace {

struct Parsed {
    Parser::Step step = Parser::Step::need_more;
    base::Errc code = base::Errc::kCount;
    std::string method, target, path, query, body;
    std::vector<std::pair<std::string, std::string>> headers;
    bool keep_alive = false;
    bool operator==(const Parsed&) const = default;
};

/// Feeds `bytes` cut at the given points, each time all that is unconsumed at a fresh address.
Parsed parse(std::string_view bytes, const std::vector<std::size_t>& cuts, bool always_full = false) {
    Parser parser({.always_full = always_full});
    Request request;
    std::vector<Header> headers;
    parser.start(request, headers);
    Parsed out;
    std::string pending;
    std::string kept;  // the header, whose views are in use
    bool header = true;
    const Parser::Sink sink = [&](std::string_view piece) -> base::Result<void> {
        out.body.append(piece);
        return {};
    };
    std::size_t from = 0;
    for (std::size_t i = 0; i <= cuts.size(); ++i) {
        const std::size_t to = i == cuts.size() ? bytes.size() : cuts[i];
        pending = std::string(pending).append(bytes.substr(from, to - from));
        from = to;
        std::size_t used = 0;
        if (header) {
            kept = pending;
            out.step = parser.parse_header(kept, used);
            if (out.step == Parser::Step::done) {
                header = false;
                out.method = request.method_text;
                out.target = request.target;
                out.path = request.raw_path;
                out.query = request.raw_query;
                out.keep_alive = request.keep_alive;
                for (const auto& h : headers)
                    out.headers.emplace_back(h.name, h.value);
                pending.erase(0, used);
            }
        }
        if (!header && parser.has_body() && out.step != Parser::Step::failed) {
            out.step = parser.parse_body(pending, used, sink);
            pending.erase(0, used);
        }
        if (out.step == Parser::Step::failed) out.code = parser.error().code;
        if (out.step == Parser::Step::failed || (out.step == Parser::Step::done && !header)) break;
    }
    if (out.step == Parser::Step::failed) out.body.clear();
    return out;
}

const std::string kRequests[] = {
    "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n",
    "\r\n\r\nGET / HTTP/1.0\r\nA:\r\nB:  \tb\t \r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello world",
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\na\r\n00A;x=\"y\"\r\n0123456789\r\n0\r\nT: t\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
    "GET https://host?q HTTP/1.1\r\nHost: x\r\n\r\n",
};

TEST(Parser, GivesTheSameForEveryCut) {
    for (const auto& request : kRequests) {
        const Parsed whole = parse(request, {});
        EXPECT_NE(whole.step, Parser::Step::need_more) << request;
        for (std::size_t cut = 1; cut < request.size(); ++cut)
            EXPECT_EQ(parse(request, {cut}), whole) << request << cut;
        std::vector<std::size_t> all;
        for (std::size_t cut = 1; cut < request.size(); ++cut)
            all.push_back(cut);
        EXPECT_EQ(parse(request, all), whole) << request;
    }
}

TEST(Parser, ReadsTargets) {
    EXPECT_EQ(parse(kRequests[0], {}).path, "/a");
    EXPECT_EQ(parse(kRequests[0], {}).query, "b=c");
    EXPECT_EQ(parse(kRequests[8], {}).path, "/");
    EXPECT_EQ(parse(kRequests[8], {}).query, "q");
    EXPECT_EQ(parse(kRequests[4], {}).body, "a0123456789");
    const std::vector<std::pair<std::string, std::string>> trimmed{{"A", ""}, {"B", "b"}};
    EXPECT_EQ(parse(kRequests[1], {}).headers, trimmed);
}

TEST(Parser, BoundsWhatIsIncomplete) {
    const auto code = [](const std::string& bytes) { return parse(bytes, {}).code; };
    EXPECT_EQ(code("GET /" + std::string(17'000, 'a')), base::Errc::uri_too_long);
    EXPECT_EQ(code("GET / HTTP/1.1\r\nA: " + std::string(66'000, 'a')), base::Errc::headers_too_large);
    const std::string chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(code(chunked + "1;" + std::string(20'000, 'a')), base::Errc::malformed_request);
    EXPECT_EQ(code(chunked + "0\r\nA: " + std::string(20'000, 'a')), base::Errc::malformed_request);
    std::string extensions = chunked;
    for (int i = 0; i < 50; ++i)
        extensions += "1;" + std::string(500, 'a') + "\r\nx\r\n";
    EXPECT_EQ(code(extensions), base::Errc::malformed_request);
}

TEST(Percent, DecodesStrictlyInPaths) {
    EXPECT_EQ(decode_path("/a%20b%2Fc+%E3%81%82"), "/a b/c+あ");
    for (const char* bad : {"%", "%1", "%g0", "%00", "%ff", "%ed%a0%80", "%c0%af"})
        EXPECT_EQ(decode_path(bad), std::nullopt) << bad;
}

TEST(Percent, DecodesLenientlyInForms) {
    EXPECT_EQ(decode_form("a+b%20c%zz%"), "a b c%zz%");
    EXPECT_EQ(decode_form("%00a%ff"), "a\xEF\xBF\xBD");
    EXPECT_EQ(decode_form(base::percent_encode("あ &=%+/~")), "あ &=%+/~");
}

// Heads of pieces that clients send, and of some that none should: with and without the short way for simple
// heads.
TEST(Parser, TheShortWayAgreesWithTheFullParser) {
    const std::vector<std::string_view> lines{
        "GET / HTTP/1.1",         "HEAD /a?b=c HTTP/1.1", "GET /a b HTTP/1.1", "GET  / HTTP/1.1",
        "GET / HTTP/1.0",         "get / HTTP/1.1",       "POST / HTTP/1.1",   "GET http://h/x HTTP/1.1",
        "GET /\xC3\xA9 HTTP/1.1", "GET * HTTP/1.1",       "GET /#a HTTP/1.1",  "GET /\x7F HTTP/1.1",
        "GETS / HTTP/1.1",        "GET / HTTP/1.1 "};
    const std::vector<std::string_view> fields{"Host: h",
                                               "Host: h",
                                               "host: h",
                                               "Accept: */*",
                                               "X:y",
                                               "X:  y",
                                               "X: y ",
                                               "X:\ty",
                                               "X: y\t",
                                               "X: ",
                                               "X:",
                                               ": y",
                                               "X y: z",
                                               "X : y",
                                               "X: a\x01 b",
                                               "X: a\x7F b",
                                               "X: caf\xC3\xA9",
                                               "X: a\tb",
                                               "Connection: keep-alive",
                                               "Connection: Keep-Alive",
                                               "Connection: close",
                                               "Connection: keep-alive, close",
                                               "Connection: upgrade",
                                               "Upgrade: x",
                                               "Proxy-Connection: close",
                                               "Content-Length: 0",
                                               "Content-Length: 3",
                                               "Content-Length: x",
                                               "Transfer-Encoding: chunked",
                                               "Expect: 100-continue",
                                               "Cookie: sessionId=abc; b=c",
                                               "Authorization: Bearer abc.def_ghi-jkl",
                                               "X!#$%&'*+-.^_`|~9: ok",
                                               "X(: no"};
    std::mt19937 random(20261126);
    int done = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string head(random() % 3 == 0 ? lines[random() % lines.size()] : lines[random() % 2]);
        head += "\r\nHost: h";
        for (auto left = random() % 4; left > 0; --left)
            head.append("\r\n").append(fields[random() % fields.size()]);
        head += "\r\n\r\nabc";
        const Parsed full = parse(head, {}, true);
        ASSERT_EQ(parse(head, {}), full) << head;
        done += full.step == Parser::Step::done;
    }
    EXPECT_GT(done, 2'000);
    EXPECT_LT(done, 18'000);
}

}  // namespace
}  // namespace http

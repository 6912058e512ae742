// The request parser and the readers behind it: whole input and input cut at points that the input itself
// chooses must give the same. The first byte says which reader, the second seeds the cuts.
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/utf8.hpp"
#include "http/compression.hpp"
#include "http/conditional.hpp"
#include "http/multipart.hpp"
#include "http/parser.hpp"
#include "http/percent.hpp"
#include "http/request.hpp"
#include "http/router.hpp"
#include "http/validation.hpp"

#include <boost/json/object.hpp>

namespace {

void check(bool condition) {
    if (!condition) std::abort();
}

std::vector<std::size_t> cuts_of(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<std::size_t> cuts;
    for (std::size_t at = 0; at < size; at += 1 + random() % (1 + seed))
        cuts.push_back(at);
    cuts.push_back(size);
    return cuts;
}

struct Outcome {
    http::Parser::Step step = http::Parser::Step::need_more;
    base::Errc code = base::Errc::kCount;
    std::string text;
    bool operator==(const Outcome&) const = default;
};

void describe(const http::Request& request, std::string& out) {
    out.append(request.method_text)
        .append(" ")
        .append(request.raw_path)
        .append("?")
        .append(request.raw_query);
    for (const auto& header : request.headers)
        out.append("\n").append(header.name).append(":").append(header.value);
    for (const std::string_view name : {"a", "session", ""})
        out.append(request.cookie(name).value_or(""));
    const http::Query query(request.raw_query);
    for (const auto& [name, value] : query.all())
        check(base::is_valid_utf8(name) && base::is_valid_utf8(value));
    (void)query.list("a", true);
    if (const auto path = http::decode_path(request.raw_path)) check(base::is_valid_utf8(*path));
    (void)http::choose_coding(request.header("accept-encoding"),
                              std::vector{http::Coding::br, http::Coding::gzip});
    (void)http::matches_any(request.header("if-none-match").value_or(""), "\"7.1-br\"");
}

Outcome parse(std::string_view bytes, const std::vector<std::size_t>& cuts, bool always_full = false) {
    http::Parser parser({.header_bytes = 512, .target_bytes = 128, .always_full = always_full});
    http::Request request;
    std::vector<http::Header> headers;
    parser.start(request, headers);
    Outcome out;
    std::string pending;
    std::string kept;
    std::string body;
    bool header = true;
    std::size_t from = 0;
    const http::Parser::Sink sink = [&](std::string_view piece) -> base::Result<void> {
        body.append(piece);
        return {};
    };
    for (const std::size_t to : cuts) {
        pending.append(bytes.substr(from, to - from));
        from = to;
        std::size_t used = 0;
        if (header) {
            kept = std::string(pending);
            out.step = parser.parse_header(kept, used);
            check(used <= kept.size());
            if (out.step == http::Parser::Step::done) {
                header = false;
                describe(request, out.text);
                pending.erase(0, used);
            }
        }
        if (!header && parser.has_body()) {
            out.step = parser.parse_body(pending, used, sink);
            check(used <= pending.size());
            pending.erase(0, used);
        }
        if (out.step == http::Parser::Step::failed) out.code = parser.error().code;
        if (out.step == http::Parser::Step::failed || (out.step == http::Parser::Step::done && !header))
            break;
    }
    if (out.step == http::Parser::Step::failed) out.text.clear();
    if (out.step == http::Parser::Step::done) out.text += body;
    return out;
}

std::string parse_form(std::string_view bytes, const std::vector<std::size_t>& cuts) {
    std::string out;
    http::MultipartParser parser(
        "B", {.file_bytes = 300, .field_bytes = 30, .fields = 3, .files = 1, .part_header_bytes = 200},
        [&](const http::Part& part, std::string_view piece, std::uint64_t offset,
            bool first) -> base::Result<void> {
            if (first) out += "[" + part.name + "|" + part.filename.value_or("") + "]";
            // The offset is where the piece really lies in the form.
            check(offset <= bytes.size() && bytes.substr(offset, piece.size()) == piece);
            out.append(piece);
            return {};
        });
    std::size_t from = 0;
    for (const std::size_t to : cuts) {
        if (!parser.feed(bytes.substr(from, to - from))) return "failed";
        from = to;
    }
    return parser.finish() ? out : "failed";
}

void read_body(std::string_view bytes) {
    for (const std::string_view type : {"application/json", "application/x-www-form-urlencoded"}) {
        const http::Header header{"Content-Type", type};
        http::Request request;
        request.headers = {&header, 1};
        request.body = bytes;
        const auto object = http::read_object(request);
        if (!object) continue;
        http::Faults faults;
        http::ObjectReader reader(*object, faults);
        if (const auto text = reader.text("a", {1, 9})) check(base::is_valid_utf8(*text));
        (void)reader.integer("a", -5, 5);
        (void)reader.texts("b", 3, {0, 5});
        (void)reader.uuids("b", 0, 3);
        (void)reader.url("a");
        (void)reader.date("a");
    }
    http::GzipDecoder decoder;
    std::string decoded;
    if (decoder.decode(bytes, decoded, 10'000)) check(decoded.size() <= 10'000);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    const auto cuts = cuts_of(bytes.size(), data[1]);
    switch (data[0] % 3) {
        case 0:
            check(parse(bytes, {bytes.size()}) == parse(bytes, cuts));
            check(parse(bytes, {bytes.size()}) == parse(bytes, {bytes.size()}, true));
            break;
        case 1:
            check(parse_form(bytes, {bytes.size()}) == parse_form(bytes, cuts));
            break;
        default:
            read_body(bytes);
    }
    return 0;
}

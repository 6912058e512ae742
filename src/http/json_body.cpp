// The body of a request as a JSON object.
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "http/parser.hpp"
#include "http/percent.hpp"
#include "http/validation.hpp"

namespace http {
namespace {

constexpr std::size_t kDepthMax = 32;

/// `a=1&b=2` as an object of texts; a name that comes again, or with `[]`, makes an array.
boost::json::object form_object(std::string_view body) {
    boost::json::object object;
    std::size_t members = 0;
    for (std::string_view rest = body; !rest.empty() && members < 1000; ++members) {
        const auto end = rest.find('&');
        const auto pair = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        const auto equals = pair.find('=');
        std::string name = decode_form(pair.substr(0, equals));
        const bool array = name.size() > 2 && name.ends_with("[]");
        if (array) name.resize(name.size() - 2);
        if (name.empty()) continue;
        boost::json::string value(equals == std::string_view::npos ? std::string()
                                                                   : decode_form(pair.substr(equals + 1)));
        auto [member, fresh] = object.emplace(name, nullptr);
        if (fresh && !array) {
            member->value() = std::move(value);
            continue;
        }
        if (!member->value().is_array()) {
            boost::json::array items;
            if (!fresh) items.push_back(std::move(member->value()));
            member->value() = std::move(items);
        }
        member->value().as_array().push_back(std::move(value));
    }
    return object;
}

}  // namespace

base::Result<boost::json::object> read_object(const Request& request) {
    if (request.body.empty()) return boost::json::object();
    const auto header = request.header("content-type").value_or("application/json");
    const auto type = trim(header.substr(0, header.find(';')));
    if (equal_ignoring_case(type, "application/x-www-form-urlencoded")) return form_object(request.body);
    const bool json = equal_ignoring_case(type, "application/json") ||
                      (type.size() > 5 && equal_ignoring_case(type.substr(type.size() - 5), "+json"));
    if (!json) {
        return base::fail(base::Errc::unsupported_media_type, "The body must be JSON or a URL-encoded form.");
    }
    boost::json::parse_options options;
    options.max_depth = kDepthMax;
    options.allow_invalid_utf8 = false;
    boost::system::error_code ec;
    auto value = boost::json::parse({request.body.data(), request.body.size()}, ec, {}, options);
    if (ec) return base::fail(base::Errc::invalid_json, "The body is not valid JSON.");
    if (!value.is_object()) return base::fail(base::Errc::invalid_json, "The body must be a JSON object.");
    return std::move(value.as_object());
}

}  // namespace http

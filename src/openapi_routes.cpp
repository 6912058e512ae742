#include "openapi_routes.hpp"

#include "embedded.hpp"
#include "http/conditional.hpp"

namespace app {
namespace {

/// The answer to everybody, with its codings made at build time.
http::Response make_answer() {
    const http::Asset asset = embedded_openapi();
    http::Response response;
    response.content_type = asset.content_type;
    response.body = base::make_body(std::string(asset.bytes));
    response.variants = std::make_shared<http::Variants>();
    http::Variants::keep(response.variants, http::Coding::br, std::string(asset.br));
    http::Variants::keep(response.variants, http::Coding::gzip, std::string(asset.gz));
    response.etag = http::content_etag(asset.bytes);
    response.caching = http::Caching::private_no_cache;
    return response;
}

}  // namespace

base::Task<http::Response> describe_interface(http::Call&) {
    static const http::Response kAnswer = make_answer();
    co_return kAnswer;
}

}  // namespace app

#include "http/static_files.hpp"

#include <algorithm>
#include <cctype>

#include "http/conditional.hpp"
#include "http/parser.hpp"

namespace http {
namespace {

constexpr std::string_view kIndex = "/index.html";

bool is_get(const Call& call) {
    return call.request.method == Method::get || call.request.method == Method::head;
}

}  // namespace

struct StaticFiles::File {
    std::string_view content_type;
    base::Body body;
    std::shared_ptr<Variants> variants = std::make_shared<Variants>();
    std::string etag;
    Caching caching = Caching::no_cache;
};

StaticFiles::StaticFiles(std::span<const Asset> assets) {
    for (const Asset& asset : assets) {
        auto file = std::make_unique<File>();
        file->content_type = asset.content_type;
        file->body = base::make_body(std::string(asset.bytes));
        if (!asset.br.empty()) Variants::keep(file->variants, Coding::br, std::string(asset.br));
        if (!asset.gz.empty()) Variants::keep(file->variants, Coding::gzip, std::string(asset.gz));
        file->etag = asset.etag.empty() ? content_etag(asset.bytes) : std::string(asset.etag);
        if (asset.path.starts_with("/assets/")) file->caching = Caching::immutable_asset;
        files_[asset.path] = std::move(file);
    }
}

StaticFiles::~StaticFiles() = default;

Response StaticFiles::answer(const File& file) {
    Response response;
    response.content_type = file.content_type;
    response.body = file.body;
    response.variants = file.variants;
    response.etag = file.etag;
    response.caching = file.caching;
    response.vary = "Accept-Encoding";
    return response;
}

std::optional<Response> StaticFiles::find(const Call& call) const {
    if (!is_get(call)) return std::nullopt;
    const auto found = files_.find(call.path == "/" ? kIndex : std::string_view(call.path));
    if (found == files_.end()) return std::nullopt;
    return answer(*found->second);
}

std::optional<Response> StaticFiles::index(const Call& call) const {
    if (!is_get(call) || !accepts_html(call.request)) return std::nullopt;
    const auto found = files_.find(kIndex);
    if (found == files_.end()) return std::nullopt;
    return answer(*found->second);
}

bool accepts_html(const Request& request) {
    for (const Header& header : request.headers) {
        if (!equal_ignoring_case(header.name, "accept")) continue;
        for (std::string_view rest = header.value; !rest.empty();) {
            const auto end = rest.find(',');
            const auto item = rest.substr(0, end);
            rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
            if (equal_ignoring_case(trim(item.substr(0, item.find(';'))), "text/html")) return true;
        }
    }
    return false;
}

}  // namespace http

#include "page.hpp"

#include <array>
#include <fstream>
#include <vector>

#include "embedded.hpp"
#include "http/parser.hpp"

namespace app {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kPageBytesMax = std::uintmax_t{256} << 20U;

constexpr std::string_view kNotBuilt =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>X Bookmarker</title></head>\n"
    "<body><h1>X Bookmarker</h1><p>The server is running, but the web page was not built into it: build it with "
    "<code>scripts/page</code> and build the server again, or set <code>WEB_ROOT</code>. The API is at "
    "<a href=\"/api/status\">/api</a>.</p></body></html>\n";

std::string_view content_type(const fs::path& file) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kTypes{{
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json; charset=utf-8"},
        {".txt", "text/plain; charset=utf-8"},
        {".webmanifest", "application/manifest+json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".webp", "image/webp"},
        {".gif", "image/gif"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
    }};
    const auto extension = file.extension().string();
    for (const auto& [name, type] : kTypes) {
        if (extension == name) return type;
    }
    return "application/octet-stream";
}

bool is_below(std::string_view path, std::string_view root) {
    return path.size() >= root.size() && http::equal_ignoring_case(path.substr(0, root.size()), root) &&
           (path.size() == root.size() || path[root.size()] == '/');
}

/// The bytes of one file; nothing when it cannot be read whole.
std::optional<std::string> read_file(const fs::path& file, std::uintmax_t size) {
    std::ifstream in(file, std::ios::binary);
    std::string bytes(size, '\0');
    if (!in.read(bytes.data(), static_cast<std::streamsize>(size))) return std::nullopt;
    return bytes;
}

std::expected<std::vector<http::Asset>, std::string> read_files(const fs::path& root,
                                                                std::deque<std::string>& texts) {
    std::error_code error;
    if (!fs::is_regular_file(root / "index.html", error))
        return std::unexpected("WEB_ROOT: there is no index.html in " + root.string());
    std::vector<http::Asset> assets;
    std::uintmax_t total = 0;
    for (fs::recursive_directory_iterator entry(root, error), end; !error && entry != end;
         entry.increment(error)) {
        const auto relative = entry->path().lexically_relative(root).generic_string();
        if (entry->path().filename().string().starts_with('.')) {
            entry.disable_recursion_pending();
            continue;
        }
        if (!entry->is_regular_file(error)) continue;
        const auto size = entry->file_size(error);
        total += size;
        if (total > kPageBytesMax) return std::unexpected("WEB_ROOT: more than 256 MiB in " + root.string());
        auto bytes = read_file(entry->path(), size);
        if (!bytes) return std::unexpected("WEB_ROOT: cannot read " + entry->path().string());
        const auto& path = texts.emplace_back("/" + relative);
        assets.push_back({.path = path,
                          .content_type = content_type(entry->path()),
                          .bytes = texts.emplace_back(std::move(*bytes))});
    }
    if (error) return std::unexpected("WEB_ROOT: cannot read " + root.string() + ": " + error.message());
    return assets;
}

}  // namespace

std::expected<Page, std::string> Page::load(const fs::path& web_root) {
    Page page;
    if (!web_root.empty()) {
        const auto assets = read_files(web_root, page.texts_);
        if (!assets) return std::unexpected(assets.error());
        page.files_ = std::make_unique<http::StaticFiles>(*assets);
        return page;
    }
    auto assets = embedded_page();
    static constexpr std::array<http::Asset, 1> kPlain{
        {{.path = "/index.html", .content_type = "text/html; charset=utf-8", .bytes = kNotBuilt}}};
    if (assets.empty()) assets = kPlain;
    page.files_ = std::make_unique<http::StaticFiles>(assets);
    return page;
}

std::optional<http::Response> Page::index(const http::Call& call) const {
    for (const auto* const root :
         {"/api", "/health", "/healthz", "/readyz", "/metrics", "/problems", "/assets"}) {
        if (is_below(call.path, root)) return std::nullopt;
    }
    return files_->index(call);
}

}  // namespace app

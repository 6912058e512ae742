// Serves the page: a table of files in memory, made at build time by somebody else.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http/compression.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace http {

/// One file. All views have static storage.
struct Asset {
    std::string_view path;          ///< from the root, `/assets/index-4f2a.js`
    std::string_view content_type;  ///< complete, with its charset
    std::string_view bytes;
    std::string_view br = {};  ///< the same compressed beforehand; empty: compressed on first use
    std::string_view gz = {};
    std::string_view etag = {};  ///< with quotes; empty: made from the bytes
};

class StaticFiles {
public:
    /// `/index.html` is the page's index. Copies the bytes once, so that answers can share them.
    explicit StaticFiles(std::span<const Asset> assets);
    ~StaticFiles();

    /// The file at that path, GET and HEAD only. Hashed files (below `/assets/`) may be kept for
    /// ever; others are asked for again.
    [[nodiscard]] std::optional<Response> find(const Call& call) const;
    /// The index for any other GET that accepts `text/html` (contract 1.1 "Base").
    [[nodiscard]] std::optional<Response> index(const Call& call) const;

private:
    struct File;
    [[nodiscard]] static Response answer(const File& file);

    std::unordered_map<std::string_view, std::unique_ptr<File>> files_;
};

/// Whether the Accept header names `text/html`; `*/*` alone does not count.
[[nodiscard]] bool accepts_html(const Request& request);

}  // namespace http

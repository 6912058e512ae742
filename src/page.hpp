// The web client: built in, or a directory that WEB_ROOT names. Shared by all workers; does not change.
#pragma once

#include <deque>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "http/static_files.hpp"

namespace app {

class Page {
public:
    /// Reads the files of `web_root`, or takes those that are built in when it is empty. The error is a
    /// sentence for the operator.
    [[nodiscard]] static std::expected<Page, std::string> load(const std::filesystem::path& web_root);

    /// The file at that path.
    [[nodiscard]] std::optional<http::Response> find(const http::Call& call) const {
        return files_->find(call);
    }
    /// The index for any GET outside of the API that accepts HTML (contract 1.1 "Base").
    [[nodiscard]] std::optional<http::Response> index(const http::Call& call) const;

private:
    Page() = default;
    std::deque<std::string> texts_;  ///< what the files' views point to
    std::unique_ptr<http::StaticFiles> files_;
};

}  // namespace app

// Where a request's body goes: decoded and bounded, into memory or into a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http/compression.hpp"

namespace http {

struct BodyPlan {
    std::size_t limit_bytes = 0;  ///< after decoding
    bool gzip = false;
    bool spool = false;
    std::filesystem::path directory = {};  ///< of spooled files; empty: the system's
};

class BodyReader {
public:
    /// `memory` receives the body unless it is spooled.
    BodyReader(BodyPlan plan, std::string& memory);
    /// Removes a file that `release_file` did not hand over.
    ~BodyReader();
    BodyReader(const BodyReader&) = delete;
    BodyReader& operator=(const BodyReader&) = delete;

    /// Creates the file, mode 0600. Error: service_unavailable.
    [[nodiscard]] base::Result<void> open();
    /// Errors: request_too_large, malformed_request (coding), service_unavailable (file).
    [[nodiscard]] base::Result<void> take(std::string_view piece);
    [[nodiscard]] base::Result<void> finish();
    [[nodiscard]] std::filesystem::path release_file();

private:
    [[nodiscard]] base::Result<void> store(std::string_view bytes);

    BodyPlan plan_;
    std::string& memory_;
    std::unique_ptr<GzipDecoder> decoder_;
    std::filesystem::path file_;
    int descriptor_ = -1;
    std::uint64_t raw_bytes_ = 0;
};

}  // namespace http

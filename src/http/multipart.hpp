// multipart/form-data (RFC 7578, RFC 2046 section 5.1): a push parser that holds one small piece at a time,
// so that an upload of any size passes through it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace http {

struct MultipartLimits {
    std::uint64_t file_bytes = 1024ULL * 1024 * 1024;
    std::size_t field_bytes = 64 * 1024;
    std::size_t fields = 20;
    std::size_t files = 1;
    std::size_t part_header_bytes = 8 * 1024;
};

struct Part {
    std::string name;
    std::optional<std::string>
        filename;              ///< last segment only, valid UTF-8, no control characters; set for files
    std::string content_type;  ///< `text/plain` when the part names none
};

/// The boundary of a Content-Type header; nothing when it is no form or the boundary is not one.
[[nodiscard]] std::optional<std::string> multipart_boundary(std::string_view content_type);

class MultipartParser {
public:
    /// Called with each piece of a part's content and its offset in the whole form; `first` once at its
    /// start, also for empty parts.
    using OnContent = std::function<base::Result<void>(const Part&, std::string_view piece,
                                                       std::uint64_t offset, bool first)>;

    MultipartParser(std::string_view boundary, MultipartLimits limits, OnContent on_content);

    /// Errors: malformed_request, request_too_large (a file, a field, too many of them), those of the
    /// callback.
    [[nodiscard]] base::Result<void> feed(std::string_view bytes);
    /// Error malformed_request when the closing boundary has not come.
    [[nodiscard]] base::Result<void> finish() const;

private:
    enum class State : std::uint8_t { preamble, after_boundary, headers, content, epilogue };

    base::Result<bool> step();
    base::Result<bool> preamble();
    base::Result<bool> after_boundary();
    base::Result<bool> headers();
    base::Result<bool> content();
    base::Result<void> emit(std::string_view piece);
    void consume(std::size_t count);

    std::string delimiter_;  ///< CR LF, two dashes, the boundary
    MultipartLimits limits_;
    OnContent on_content_;
    std::string buffer_;
    std::size_t at_ = 0;        ///< of `buffer_`, everything before it is done
    std::uint64_t offset_ = 0;  ///< of `buffer_[at_]` in the form
    State state_ = State::preamble;
    Part part_;
    std::uint64_t part_bytes_ = 0;
    bool first_ = false;
    std::size_t fields_ = 0;
    std::size_t files_ = 0;
};

/// A form read from a spooled body: its fields, and where the file's content lies in it.
struct Form {
    std::multimap<std::string, std::string> fields;
    struct File {
        Part part;
        std::uint64_t offset = 0;
        std::uint64_t size_bytes = 0;
    };
    std::optional<File> file;

    [[nodiscard]] std::optional<std::string_view> field(const std::string& name) const;
};

/// Reads a spooled multipart body from its file in pieces; blocks on the disk only. Errors:
/// unsupported_media_type for another Content-Type, those of MultipartParser, service_unavailable when the
/// file cannot be read.
[[nodiscard]] base::Result<Form> read_form(const std::filesystem::path& file, std::string_view content_type,
                                           MultipartLimits limits = {});

}  // namespace http

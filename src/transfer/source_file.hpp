// A file to import, or the part of a spooled request that holds one. Blocking.
#pragma once

#include <archive.h>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/file_descriptor.hpp"

namespace transfer {

class SourceFile {
public:
    /// `size_bytes` bytes from `offset` on; by default the whole file. The error is a sentence for a person.
    [[nodiscard]] static std::expected<SourceFile, std::string> open(const std::filesystem::path& path,
                                                                     std::uint64_t offset = 0,
                                                                     std::uint64_t size_bytes = UINT64_MAX);
    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// Up to 64 KiB from `at` on; empty at the end. The error is a sentence for a person.
    [[nodiscard]] std::expected<std::string_view, std::string> read(std::uint64_t at);
    /// Whether it is a zip archive, by its first bytes.
    [[nodiscard]] bool is_zip();

private:
    base::FileDescriptor file_;
    std::uint64_t offset_ = 0;
    std::uint64_t size_ = 0;
    std::string buffer_;
};

/// The files of a zip archive, one after the other. Sizes that the archive tells are not believed.
class ZipFile {
public:
    /// `file` outlives it.
    explicit ZipFile(SourceFile& file);
    ZipFile(const ZipFile&) = delete;
    ZipFile& operator=(const ZipFile&) = delete;

    /// Calls `take` with the name of each file; it reads the contents with `read`, or not. False ends it. The
    /// error is a sentence for a person: damaged, encrypted.
    [[nodiscard]] std::expected<void, std::string> each(
        const std::function<bool(const std::string& name)>& take);
    /// The next piece of the file that `take` was called with; empty at its end.
    [[nodiscard]] std::expected<std::string_view, std::string> read();
    /// Bytes of the archive that were read, for progress.
    [[nodiscard]] std::uint64_t position() const;

private:
    struct Window {
        SourceFile* file;
        std::uint64_t at = 0;
        std::string piece;
    };
    [[nodiscard]] std::string fault() const;

    Window window_;
    std::unique_ptr<archive, int (*)(archive*)> archive_;
    std::string buffer_;
};

}  // namespace transfer

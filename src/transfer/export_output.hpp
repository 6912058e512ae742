// Where the bytes of an export go on their way to a file: gzip (RFC 1952) and zip (PKWARE APPNOTE), in
// pieces.
#pragma once

#include <archive.h>
#include <zlib.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace transfer {

/// Takes the next bytes. Blocks.
using Write = std::function<base::Result<void>(std::string_view bytes)>;

/// Compresses what it is given into `out`.
class GzipStream {
public:
    explicit GzipStream(Write out);
    GzipStream(const GzipStream&) = delete;
    GzipStream& operator=(const GzipStream&) = delete;
    ~GzipStream();
    [[nodiscard]] base::Result<void> write(std::string_view bytes);
    /// Once, at the end.
    [[nodiscard]] base::Result<void> finish();

private:
    base::Result<void> deflate(std::string_view bytes, int flush);

    Write out_;
    z_stream stream_{};
    std::string buffer_;
};

/// A zip archive, written without going back. Archives and files may exceed 4 GiB (ZIP64).
class ZipStream {
public:
    /// `at` is the time of all its files.
    ZipStream(Write out, base::Time at);
    ZipStream(const ZipStream&) = delete;
    ZipStream& operator=(const ZipStream&) = delete;
    ~ZipStream();
    /// The file that is written from now on. `name` is relative, in ASCII; a size that is known spares the
    /// reader a descriptor.
    [[nodiscard]] base::Result<void> begin(const std::string& name,
                                           std::optional<std::uint64_t> size_bytes = {});
    [[nodiscard]] base::Result<void> write(std::string_view bytes);
    /// Once, at the end: writes the directory.
    [[nodiscard]] base::Result<void> finish();

private:
    base::Result<void> check(la_ssize_t status);

    Write out_;
    base::Time at_;
    std::optional<base::Error> error_;  ///< of `out_`
    std::unique_ptr<archive, int (*)(archive*)> archive_;
};

}  // namespace transfer

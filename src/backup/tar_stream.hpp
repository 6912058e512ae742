// A tar archive that is compressed with gzip, written in pieces.
#pragma once

#include <archive.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backup/files.hpp"

namespace backup {

class TarStream {
public:
    /// `at` is the time of all its files.
    TarStream(Sink out, base::Time at);
    TarStream(const TarStream&) = delete;
    TarStream& operator=(const TarStream&) = delete;
    ~TarStream();

    /// A file that holds `text`.
    [[nodiscard]] Outcome add(const std::string& name, std::string_view text);
    /// A file of the disk, as long as it is when it is opened; what others add meanwhile is left out.
    [[nodiscard]] Outcome add_file(const std::string& name, const std::filesystem::path& path);
    /// Once, at the end.
    [[nodiscard]] Outcome finish();

private:
    Outcome begin(const std::string& name, std::uint64_t size_bytes);
    Outcome check(la_ssize_t status);

    Sink out_;
    base::Time at_;
    std::optional<base::Error> error_;  ///< of `out_`
    std::unique_ptr<archive, int (*)(archive*)> archive_;
};

}  // namespace backup

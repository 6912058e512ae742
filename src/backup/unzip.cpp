#include "backup/unzip.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include <fmt/format.h>

namespace backup {
namespace {

/// Of an archive without files, which libarchive does not take for one: its directory alone (APPNOTE 4.3.16).
constexpr std::size_t kEmptyBytes = 22;
constexpr std::size_t kPieceBytes = std::size_t{256} * 1024;

/// What libarchive reads from.
struct Window {
    storage::Download& file;
    std::uint64_t at = 0;
    std::string piece;
};

la_ssize_t read_window(archive* zip, void* data, const void** out) {
    auto* window = static_cast<Window*>(data);
    auto piece = window->file.read(window->at, kPieceBytes);
    if (!piece) {
        archive_set_error(zip, EIO, "%s", sentence_of(piece.error()).c_str());
        return ARCHIVE_FATAL;
    }
    window->piece = *std::move(piece);
    window->at += window->piece.size();
    *out = window->piece.data();
    return static_cast<la_ssize_t>(window->piece.size());
}

la_int64_t seek_window(archive* /*zip*/, void* data, la_int64_t offset, int whence) {
    auto* window = static_cast<Window*>(data);
    const auto size = static_cast<la_int64_t>(window->file.object().size_bytes);
    const la_int64_t from = whence == SEEK_SET   ? 0
                            : whence == SEEK_CUR ? static_cast<la_int64_t>(window->at)
                                                 : size;
    const la_int64_t to = std::clamp<la_int64_t>(from + offset, 0, size);
    window->at = static_cast<std::uint64_t>(to);
    return to;
}

std::unexpected<std::string> fault(archive* zip, const File& file) {
    const char* why = archive_error_string(zip);
    return std::unexpected(fmt::format("{} cannot be read: {}", file.key, why == nullptr ? "" : why));
}

/// Copies the entry that comes next.
Outcome copy_entry(archive* zip, const File& file, storage::Store& target, const std::string& key) {
    auto upload = target.create(key);
    if (!upload) return std::unexpected(fmt::format("{}: {}", key, sentence_of(upload.error())));
    std::string piece(kPieceBytes, '\0');
    for (;;) {
        const la_ssize_t got = archive_read_data(zip, piece.data(), piece.size());
        if (got < 0) return fault(zip, file);
        if (got == 0) break;
        const auto written =
            (*upload)->write(std::string_view(piece).substr(0, static_cast<std::size_t>(got)));
        if (!written) return std::unexpected(fmt::format("{}: {}", key, sentence_of(written.error())));
    }
    if (const auto stored = (*upload)->finish(); !stored)
        return std::unexpected(fmt::format("{}: {}", key, sentence_of(stored.error())));
    return {};
}

}  // namespace

std::expected<std::int64_t, std::string> unzip(storage::Store& source, const File& zip_file,
                                               storage::Store& target, const Stopped& stopped) {
    const auto download = source.open(zip_file.key);
    if (!download) return std::unexpected(fmt::format("{}: {}", zip_file.key, sentence_of(download.error())));
    if ((*download)->object().size_bytes == kEmptyBytes) return 0;
    Window window{.file = **download, .piece = {}};
    const std::unique_ptr<archive, int (*)(archive*)> holder(archive_read_new(), archive_read_free);
    archive* zip = holder.get();
    if (zip == nullptr) throw std::bad_alloc();
    archive_read_support_format_zip_seekable(zip);
    archive_read_set_callback_data(zip, &window);
    archive_read_set_read_callback(zip, read_window);
    archive_read_set_seek_callback(zip, seek_window);
    if (archive_read_open1(zip) != ARCHIVE_OK) return fault(zip, zip_file);
    for (std::int64_t count = 0;; ++count) {
        if (stopped && stopped()) return std::unexpected("stopped");
        archive_entry* entry = nullptr;
        const int status = archive_read_next_header(zip, &entry);
        if (status == ARCHIVE_EOF) return count;
        if (status < ARCHIVE_WARN) return fault(zip, zip_file);
        const char* name = archive_entry_pathname(entry);
        const std::string key = name == nullptr ? "" : name;
        if (!storage::is_key(key) || !(key.starts_with("exports/") || key.starts_with("imports/")))
            return std::unexpected(fmt::format("{} holds a file of a strange name", zip_file.key));
        if (const auto copied = copy_entry(zip, zip_file, target, key); !copied)
            return std::unexpected(copied.error());
    }
}

}  // namespace backup

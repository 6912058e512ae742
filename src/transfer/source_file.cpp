#include "transfer/source_file.hpp"

#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace transfer {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} * 1024;
constexpr std::size_t kFilesMax = 200'000;

std::unexpected<std::string> failed(const char* what) {
    return std::unexpected(std::string("The file cannot be ") + what + ": " + std::strerror(errno) + ".");
}

}  // namespace

std::expected<SourceFile, std::string> SourceFile::open(const std::filesystem::path& path,
                                                        std::uint64_t offset, std::uint64_t size_bytes) {
    SourceFile file;
    file.file_ = base::FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (!file.file_ || ::fstat(file.file_.get(), &status) != 0) return failed("opened");
    if (S_ISDIR(status.st_mode)) return std::unexpected("This is a directory, not a file.");
    const auto whole = static_cast<std::uint64_t>(status.st_size);
    file.offset_ = std::min(offset, whole);
    file.size_ = std::min(size_bytes, whole - file.offset_);
    file.buffer_.resize(kPieceBytes);
    return file;
}

std::expected<std::string_view, std::string> SourceFile::read(std::uint64_t at) {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, size_ - std::min(at, size_)));
    for (;;) {
        const ssize_t count = ::pread(file_.get(), buffer_.data(), wanted, static_cast<off_t>(offset_ + at));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failed("read");
        return std::string_view(buffer_).substr(0, static_cast<std::size_t>(count));
    }
}

bool SourceFile::is_zip() {
    const auto head = read(0);
    return head && head->starts_with("PK\x03\x04");
}

ZipFile::ZipFile(SourceFile& file)
    : window_{.file = &file, .piece = {}},
      archive_(archive_read_new(), archive_read_free),
      buffer_(kPieceBytes, '\0') {
    if (!archive_) throw std::bad_alloc();
    archive* zip = archive_.get();
    // By the directory at the end, as everybody reads it; the parts in front may say something else.
    archive_read_support_format_zip_seekable(zip);
    archive_read_set_callback_data(zip, &window_);
    archive_read_set_read_callback(zip, [](archive* from, void* data, const void** out) -> la_ssize_t {
        auto* window = static_cast<Window*>(data);
        auto piece = window->file->read(window->at);
        if (!piece) {
            archive_set_error(from, EIO, "%s", piece.error().c_str());
            return ARCHIVE_FATAL;
        }
        window->at += piece->size();
        window->piece = *piece;
        *out = window->piece.data();
        return static_cast<la_ssize_t>(window->piece.size());
    });
    archive_read_set_seek_callback(
        zip, [](archive*, void* data, la_int64_t offset, int whence) -> la_int64_t {
            auto* window = static_cast<Window*>(data);
            const auto size = static_cast<la_int64_t>(window->file->size());
            const la_int64_t from = whence == SEEK_SET   ? 0
                                    : whence == SEEK_CUR ? static_cast<la_int64_t>(window->at)
                                                         : size;
            const la_int64_t to = std::clamp<la_int64_t>(from + offset, 0, size);
            window->at = static_cast<std::uint64_t>(to);
            return to;
        });
}

std::string ZipFile::fault() const {
    const char* reason = archive_error_string(archive_.get());
    return std::string("The zip archive cannot be read") +
           (reason == nullptr ? "." : ": " + std::string(reason) + ".");
}

std::expected<void, std::string> ZipFile::each(const std::function<bool(const std::string& name)>& take) {
    archive* zip = archive_.get();
    if (archive_read_open1(zip) != ARCHIVE_OK) return std::unexpected(fault());
    for (std::size_t count = 0; count < kFilesMax; ++count) {
        archive_entry* entry = nullptr;
        const int status = archive_read_next_header(zip, &entry);
        if (status == ARCHIVE_EOF) return {};
        if (status < ARCHIVE_WARN) return std::unexpected(fault());
        if (archive_entry_filetype(entry) != AE_IFREG) continue;
        const char* name = archive_entry_pathname_utf8(entry);
        if (name == nullptr) name = archive_entry_pathname(entry);
        if (name == nullptr) continue;
        if (archive_entry_is_data_encrypted(entry) == 1)
            return std::unexpected("The zip archive is encrypted; please unpack it first.");
        if (!take(name)) return {};
    }
    return std::unexpected("The zip archive has too many files.");
}

std::expected<std::string_view, std::string> ZipFile::read() {
    const la_ssize_t count = archive_read_data(archive_.get(), buffer_.data(), buffer_.size());
    if (count < 0) return std::unexpected(fault());
    return std::string_view(buffer_).substr(0, static_cast<std::size_t>(count));
}

std::uint64_t ZipFile::position() const {
    return window_.at;
}

}  // namespace transfer

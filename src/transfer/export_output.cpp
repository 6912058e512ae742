#include "transfer/export_output.hpp"

#include <archive_entry.h>

#include <stdexcept>
#include <utility>

#include "base/log.hpp"

namespace transfer {
namespace {

using base::Result;

constexpr std::size_t kBufferBytes = std::size_t{64} * 1024;
constexpr int kGzipLevel = 6;
constexpr int kGzipWindow = 15 + 16;  // zlib.h: 16 more asks for the gzip form
constexpr int kMemoryLevel = 8;
constexpr unsigned kFileMode = 0644;

}  // namespace

GzipStream::GzipStream(Write out) : out_(std::move(out)), buffer_(kBufferBytes, '\0') {
    if (deflateInit2(&stream_, kGzipLevel, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
}

GzipStream::~GzipStream() {
    deflateEnd(&stream_);
}

Result<void> GzipStream::deflate(std::string_view bytes, int flush) {
    // zlib's interface has no const; it does not write there.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    for (;;) {
        stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
        stream_.avail_out = static_cast<uInt>(buffer_.size());
        const int status = ::deflate(&stream_, flush);
        const std::size_t made = buffer_.size() - stream_.avail_out;
        if (made > 0)
            if (auto written = out_(std::string_view(buffer_).substr(0, made)); !written) return written;
        if (flush == Z_FINISH ? status == Z_STREAM_END : stream_.avail_out != 0) return {};
    }
}

Result<void> GzipStream::write(std::string_view bytes) {
    // zlib counts in 32 bits.
    constexpr std::size_t kPiece = std::size_t{1} << 30U;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(kPiece, bytes.size())))
        if (auto done = deflate(bytes.substr(0, kPiece), Z_NO_FLUSH); !done) return done;
    return {};
}

Result<void> GzipStream::finish() {
    return deflate({}, Z_FINISH);
}

ZipStream::ZipStream(Write out, base::Time at)
    : out_(std::move(out)), at_(at), archive_(archive_write_new(), archive_write_free) {
    archive* zip = archive_.get();
    if (zip == nullptr) throw std::bad_alloc();
    archive_write_set_format_zip(zip);
    archive_write_zip_set_compression_deflate(zip);
    archive_write_set_bytes_per_block(zip, kBufferBytes);
    archive_write_set_bytes_in_last_block(zip, 1);  // otherwise the end is padded
    const auto write = [](archive* /*zip*/, void* self, const void* bytes, std::size_t size) -> la_ssize_t {
        auto* stream = static_cast<ZipStream*>(self);
        // Told to `check` instead: libarchive, when it is told, never frees what it was compressing with.
        if (!stream->error_)
            if (const auto written = stream->out_({static_cast<const char*>(bytes), size}); !written)
                stream->error_ = written.error();
        return static_cast<la_ssize_t>(size);
    };
    if (archive_write_open(zip, this, nullptr, write, nullptr) != ARCHIVE_OK)
        throw std::runtime_error(archive_error_string(zip));
}

// One that is dropped ends as usual, into nothing.
ZipStream::~ZipStream() {
    if (!error_) error_.emplace();
    archive_.reset();
}

Result<void> ZipStream::check(la_ssize_t status) {
    if (error_) return std::unexpected(*error_);
    if (status >= ARCHIVE_OK || status == ARCHIVE_WARN) return {};
    const char* reason = archive_error_string(archive_.get());
    base::log::error("an archive could not be written", {{"error", reason == nullptr ? "" : reason}});
    return base::fail(base::Errc::internal_error);
}

Result<void> ZipStream::begin(const std::string& name, std::optional<std::uint64_t> size_bytes) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                         archive_entry_free);
    if (!entry) throw std::bad_alloc();
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), kFileMode);
    archive_entry_set_mtime(entry.get(), std::chrono::system_clock::to_time_t(at_), 0);
    if (size_bytes)
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(*size_bytes));
    else
        archive_entry_unset_size(entry.get());
    return check(archive_write_header(archive_.get(), entry.get()));
}

Result<void> ZipStream::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const la_ssize_t taken = archive_write_data(archive_.get(), bytes.data(), bytes.size());
        if (auto checked = check(taken); !checked) return checked;
        if (taken == 0) return base::fail(base::Errc::internal_error);  // more than the size that was told
        bytes.remove_prefix(static_cast<std::size_t>(taken));
    }
    return {};
}

Result<void> ZipStream::finish() {
    return check(archive_write_close(archive_.get()));
}

}  // namespace transfer

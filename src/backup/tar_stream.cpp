#include "backup/tar_stream.hpp"

#include <archive_entry.h>

#include <fstream>
#include <new>
#include <stdexcept>

#include <fmt/format.h>

namespace backup {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} * 1024;
constexpr unsigned kFileMode = 0600;

}  // namespace

TarStream::TarStream(Sink out, base::Time at)
    : out_(std::move(out)), at_(at), archive_(archive_write_new(), archive_write_free) {
    archive* tar = archive_.get();
    if (tar == nullptr) throw std::bad_alloc();
    archive_write_set_format_pax_restricted(tar);
    archive_write_add_filter_gzip(tar);
    archive_write_set_bytes_in_last_block(tar, 1);  // otherwise the end is padded
    const auto write = [](archive* /*tar*/, void* self, const void* bytes, std::size_t size) -> la_ssize_t {
        auto* stream = static_cast<TarStream*>(self);
        // Told to `check` instead: libarchive, when it is told, never frees what it was compressing with.
        if (!stream->error_)
            if (const auto written = stream->out_({static_cast<const char*>(bytes), size}); !written)
                stream->error_ = written.error();
        return static_cast<la_ssize_t>(size);
    };
    if (archive_write_open(tar, this, nullptr, write, nullptr) != ARCHIVE_OK)
        throw std::runtime_error(archive_error_string(tar));
}

// One that is dropped ends as usual, into nothing.
TarStream::~TarStream() {
    if (!error_) error_.emplace();
    archive_.reset();
}

Outcome TarStream::check(la_ssize_t status) {
    if (error_) return std::unexpected(sentence_of(*error_));
    if (status >= ARCHIVE_OK || status == ARCHIVE_WARN) return {};
    const char* why = archive_error_string(archive_.get());
    return std::unexpected(fmt::format("The archive cannot be written: {}", why == nullptr ? "" : why));
}

Outcome TarStream::begin(const std::string& name, std::uint64_t size_bytes) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                         archive_entry_free);
    if (!entry) throw std::bad_alloc();
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), kFileMode);
    archive_entry_set_mtime(entry.get(), std::chrono::system_clock::to_time_t(at_), 0);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size_bytes));
    return check(archive_write_header(archive_.get(), entry.get()));
}

Outcome TarStream::add(const std::string& name, std::string_view text) {
    if (const auto begun = begin(name, text.size()); !begun) return begun;
    return check(archive_write_data(archive_.get(), text.data(), text.size()));
}

Outcome TarStream::add_file(const std::string& name, const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary | std::ios::ate);
    if (!in) return std::unexpected(fmt::format("{} cannot be read", name));
    auto left = static_cast<std::uint64_t>(in.tellg());
    in.seekg(0);
    if (const auto begun = begin(name, left); !begun) return begun;
    std::string piece(kPieceBytes, '\0');
    while (left > 0) {
        in.read(piece.data(), static_cast<std::streamsize>(std::min<std::uint64_t>(left, piece.size())));
        const auto got = static_cast<std::size_t>(in.gcount());
        if (got == 0) break;  // it became shorter: libarchive fills up with zeros
        if (const auto written = check(archive_write_data(archive_.get(), piece.data(), got)); !written)
            return written;
        left -= got;
    }
    return {};
}

Outcome TarStream::finish() {
    return check(archive_write_close(archive_.get()));
}

}  // namespace backup

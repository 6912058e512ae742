#include "backup/files.hpp"

#include <fmt/format.h>

namespace backup {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20U;

}  // namespace

std::string sentence_of(const base::Error& error) {
    return error.text.empty() ? std::string("The server failed") : std::string(error.text);
}

base::Result<FileWriter> FileWriter::create(storage::Store& store, std::string what, std::string key) {
    auto upload = store.create(key);
    if (!upload) return std::unexpected(upload.error());
    return FileWriter({.what = std::move(what), .key = std::move(key)}, *std::move(upload));
}

base::Result<void> FileWriter::write(std::string_view bytes) {
    digest_.add(bytes);
    file_.size_bytes += bytes.size();
    return upload_->write(bytes);
}

base::Result<File> FileWriter::finish() {
    if (const auto stored = upload_->finish(); !stored) return std::unexpected(stored.error());
    file_.sha256 = digest_.finish();
    return file_;
}

Outcome read_file(storage::Store& store, const File& file, const Sink& sink, const Stopped& stopped) {
    const auto download = store.open(file.key);
    if (!download) return std::unexpected(fmt::format("{}: {}", file.key, sentence_of(download.error())));
    Sha256 digest;
    std::uint64_t done = 0;
    for (;;) {
        if (stopped && stopped()) return std::unexpected("stopped");
        const auto piece = (*download)->read(done, kPieceBytes);
        if (!piece) return std::unexpected(fmt::format("{}: {}", file.key, sentence_of(piece.error())));
        if (piece->empty()) break;
        digest.add(*piece);
        done += piece->size();
        if (sink)
            if (const auto taken = sink(*piece); !taken)
                return std::unexpected(fmt::format("{}: {}", file.key, sentence_of(taken.error())));
    }
    if (done != file.size_bytes)
        return std::unexpected(
            fmt::format("{} is damaged: it has {} bytes instead of {}", file.key, done, file.size_bytes));
    if (!file.sha256.empty() && digest.finish() != file.sha256)
        return std::unexpected(
            fmt::format("{} is damaged: its checksum is not that of the manifest", file.key));
    return {};
}

}  // namespace backup

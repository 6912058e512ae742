#include "http/body_reader.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <utility>

namespace http {
namespace {

// gzip never makes a text much larger, so that coded bytes far beyond the limit are not honest: empty
// members, say.
constexpr std::uint64_t kCodedSlackBytes = 64 * 1024;

constexpr std::string_view kCannotStore = "The upload cannot be stored at the moment.";

}  // namespace

BodyReader::BodyReader(BodyPlan plan, std::string& memory) : plan_(std::move(plan)), memory_(memory) {
    if (plan_.gzip) decoder_ = std::make_unique<GzipDecoder>();
}

BodyReader::~BodyReader() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!file_.empty()) ::unlink(file_.c_str());
}

base::Result<void> BodyReader::open() {
    if (!plan_.spool) return {};
    std::error_code ec;
    const auto directory =
        plan_.directory.empty() ? std::filesystem::temp_directory_path(ec) : plan_.directory;
    std::string name = (directory / "upload-XXXXXX").string();
    descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);  // mode 0600
    if (descriptor_ < 0) return base::fail(base::Errc::service_unavailable, kCannotStore);
    file_ = name;
    return {};
}

base::Result<void> BodyReader::take(std::string_view piece) {
    raw_bytes_ += piece.size();
    if (raw_bytes_ > plan_.limit_bytes + (decoder_ ? kCodedSlackBytes : 0)) {
        return base::fail(base::Errc::request_too_large);
    }
    if (!decoder_) return store(piece);
    if (!plan_.spool) return decoder_->decode(piece, memory_, plan_.limit_bytes);
    // Small steps, because one coded byte can stand for a thousand.
    for (std::size_t at = 0; at < piece.size(); at += 1024) {
        std::string decoded;
        if (auto done = decoder_->decode(piece.substr(at, 1024), decoded, plan_.limit_bytes); !done)
            return done;
        if (auto done = store(decoded); !done) return done;
    }
    return {};
}

base::Result<void> BodyReader::store(std::string_view bytes) {
    if (!plan_.spool) {
        memory_.append(bytes);
        return {};
    }
    while (!bytes.empty()) {
        const auto written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return base::fail(base::Errc::service_unavailable, kCannotStore);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

base::Result<void> BodyReader::finish() {
    if (decoder_) {
        if (auto done = decoder_->finish(); !done) return done;
    }
    if (descriptor_ >= 0) {
        const int descriptor = std::exchange(descriptor_, -1);
        if (::close(descriptor) != 0) return base::fail(base::Errc::service_unavailable, kCannotStore);
    }
    return {};
}

std::filesystem::path BodyReader::release_file() {
    return std::exchange(file_, {});
}

}  // namespace http

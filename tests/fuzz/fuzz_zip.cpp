// Zip archives and other whole files as imports find them on the disk: whatever they hold, reading ends, and
// what comes out is fit to be stored. The first byte: whether likes are wanted.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/utf8.hpp"
#include "transfer/reader.hpp"
#include "transfer/source_file.hpp"

namespace {

constexpr transfer::ReadLimits kLimits{.record_bytes_max = 16 * 1024, .inflated_bytes_max = 1024 * 1024};

void check(bool condition) {
    if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    static const int kFile = memfd_create("file", MFD_CLOEXEC);
    check(kFile >= 0 && ftruncate(kFile, 0) == 0 && lseek(kFile, 0, SEEK_SET) == 0);
    check(write(kFile, data + 1, size - 1) == static_cast<ssize_t>(size - 1));
    auto file = transfer::SourceFile::open("/proc/self/fd/" + std::to_string(kFile));
    check(file.has_value());
    std::uint64_t last = 0;
    const transfer::Sink sink{.record = [](transfer::Record&& record) {
        check(!record.draft.x_tweet_id.empty());
        check(base::is_valid_utf8(record.draft.content));
    }};
    const auto read = transfer::read_file(
        *file, transfer::Format::automatic, sink,
        [&last](std::uint64_t done, std::uint64_t total) {
            last = done;
            return done <= total;
        },
        kLimits, data[0] % 2 == 1);
    check(read || !read.error().empty());
    return 0;
}

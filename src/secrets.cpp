#include "secrets.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "base/file_descriptor.hpp"
#include "base/random.hpp"

namespace app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kSecretTextMin = 32;

std::unexpected<std::string> refuse(const fs::path& file, std::string_view what, int error) {
    return std::unexpected(
        fmt::format("cannot {} {}: {}", what, file.string(), std::system_category().message(error)));
}

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

// Complete before it has its name, and never in place of an existing one: link() refuses that.
std::expected<void, std::string> make_secret(const fs::path& file) {
    const fs::path temporary = fmt::format("{}.{}.new", file.string(), ::getpid());
    ::unlink(temporary.c_str());
    const base::FileDescriptor out(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!out) return refuse(temporary, "create", errno);
    const bool stored =
        write_all(out.get(), base::random_base64url(kSecretBytes) + "\n") && ::fsync(out.get()) == 0;
    const bool linked = stored && (::link(temporary.c_str(), file.c_str()) == 0 || errno == EEXIST);
    const int error = errno;
    ::unlink(temporary.c_str());
    if (!linked) return refuse(file, "write", error);
    return {};
}

}  // namespace

std::expected<std::string, std::string> load_or_make_secret(const fs::path& file) {
    for (int attempt = 0; attempt < 2; ++attempt) {
        const base::FileDescriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
        if (!in) {
            if (errno != ENOENT) return refuse(file, "read", errno);
            if (auto made = make_secret(file); !made) return std::unexpected(made.error());
            continue;
        }
        std::array<char, 4096> text{};
        const ssize_t size = ::read(in.get(), text.data(), text.size());
        if (size < 0) return refuse(file, "read", errno);
        std::string secret(text.data(), static_cast<std::size_t>(size));
        while (secret.ends_with('\n') || secret.ends_with('\r'))
            secret.pop_back();
        if (secret.size() < kSecretTextMin)
            return std::unexpected(file.string() + " holds less than 32 characters: restore or remove it");
        return secret;
    }
    return refuse(file, "read", ENOENT);
}

}  // namespace app

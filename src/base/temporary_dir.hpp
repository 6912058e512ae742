// A directory for one test, removed with all it holds. For tests only.
#pragma once

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

namespace base {

class TemporaryDir {
public:
    /// Mode 0711, so that the private services' user may pass through when the tests run as root.
    TemporaryDir() {
        std::string name = (std::filesystem::temp_directory_path() / "xbm-test-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        path_ = std::filesystem::canonical(name);
        chmod(path_.c_str(), 0711);
    }
    ~TemporaryDir() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDir(const TemporaryDir&) = delete;
    TemporaryDir& operator=(const TemporaryDir&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace base

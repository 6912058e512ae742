#include "backup/locate.hpp"

#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "storage/local_store.hpp"

namespace backup {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDump = "database-";
constexpr std::string_view kManifest = "manifest-";

std::optional<Backup> read(const fs::path& manifest) {
    std::ifstream in(manifest, std::ios::binary);
    if (!in) return std::nullopt;
    return read_manifest(std::string(std::istreambuf_iterator<char>(in), {}));
}

/// Where a file of the backup lies: in its folder below `root`, or flat in it.
std::string key_below(const fs::path& root, const std::string& key) {
    std::error_code ignored;
    const std::string name = fs::path(key).filename();
    return !fs::exists(root / key, ignored) && fs::exists(root / name, ignored) ? name : key;
}

Found alone(const fs::path& dump) {
    std::error_code ignored;
    Found found{.backup = {.id = dump.stem()}, .has_manifest = false};
    found.backup.files.push_back({.what = "database",
                                  .key = dump.filename(),
                                  .size_bytes = fs::file_size(dump, ignored),
                                  .sha256 = {}});
    return found;
}

}  // namespace

std::expected<Located, std::string> locate(const fs::path& given) {
    std::error_code error;
    const fs::path file = fs::canonical(given, error);
    if (error || !fs::is_regular_file(file, error))
        return std::unexpected(fmt::format("{} is no file", given.string()));
    const fs::path directory = file.parent_path();
    const bool is_manifest = file.extension() == ".json";
    const std::string name = file.stem();
    const std::string_view own = is_manifest ? kManifest : kDump;
    const std::string rest = name.starts_with(own) ? name.substr(own.size()) : name;
    const std::string manifest_name = fmt::format("{}{}.json", kManifest, rest);
    // `<root>/backups/<folder>/<name>`
    const fs::path root = directory.parent_path().parent_path();
    for (const auto& [manifest, place] :
         {std::pair{is_manifest ? file : directory / manifest_name, directory},
          {root / fs::path(kManifestFolder) / manifest_name, root}}) {
        auto backup = read(manifest);
        if (!backup) continue;
        const bool in_folders = fs::exists(root / fs::path(kManifestFolder) / manifest_name, error);
        const fs::path base = in_folders ? root : place;
        for (File& one : backup->files)
            one.key = key_below(base, one.key);
        return Located{.store = std::make_unique<storage::LocalStore>(base),
                       .found = {.backup = *std::move(backup)}};
    }
    if (is_manifest) return std::unexpected(fmt::format("{} is no manifest of a backup", given.string()));
    return Located{.store = std::make_unique<storage::LocalStore>(directory), .found = alone(file)};
}

}  // namespace backup

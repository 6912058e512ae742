#include "files/files.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/offload.hpp"

namespace files {
namespace {

using base::Errc;
using base::Result;
using base::Task;
using storage::Object;

constexpr std::chrono::seconds kPresignedLifetime{3600};

base::Error missing() {
    return {Errc::file_not_found, "The file does not exist", {}, {}};
}

std::string folder_of(base::UserId user) {
    return storage::file_key(user, "");
}

File file_of(Object object) {
    const std::size_t slash = object.key.rfind('/');
    return {.filename = object.key.substr(slash + 1), .object = std::move(object)};
}

}  // namespace

bool is_filename(std::string_view name) {
    return !name.contains('/') && !name.contains("..") && !name.starts_with('.') && storage::is_key(name);
}

std::string_view content_type_of(std::string_view filename) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kTypes{
        {{".json", "application/json"},
         {".csv", "text/csv; charset=utf-8"},
         {".ndjson", "application/x-ndjson"},
         {".html", "text/html; charset=utf-8"},
         {".zip", "application/zip"},
         {".gz", "application/gzip"},
         {".txt", "text/plain; charset=utf-8"}}};
    const auto found =
        std::ranges::find_if(kTypes, [&](const auto& type) { return filename.ends_with(type.first); });
    return found == kTypes.end() ? "application/octet-stream" : found->second;
}

Task<Result<File>> Files::find(base::UserId user, std::string filename) {
    const std::string key = storage::file_key(user, filename);
    const auto object = co_await base::offload(offload_, [this, key] { return store_.find(key); });
    if (!object) co_return std::unexpected(object.error());
    if (!*object) co_return std::unexpected(missing());
    co_return file_of(**object);
}

Task<Result<std::unique_ptr<storage::Download>>> Files::open(base::UserId user, std::string filename) {
    const std::string key = storage::file_key(user, filename);
    co_return co_await base::offload(offload_, [this, key] { return store_.open(key); });
}

Task<Result<std::vector<File>>> Files::list(base::UserId user) {
    const std::string folder = folder_of(user);
    auto objects = co_await base::offload(offload_, [this, folder] { return store_.list(folder); });
    if (!objects) co_return std::unexpected(objects.error());
    std::vector<File> files;
    for (Object& object : *objects)
        files.push_back(file_of(std::move(object)));
    std::ranges::sort(files, [](const File& a, const File& b) {
        return std::pair(b.object.modified_at, std::string_view(b.filename)) <
               std::pair(a.object.modified_at, std::string_view(a.filename));
    });
    co_return files;
}

Task<Result<void>> Files::remove(base::UserId user, std::string filename) {
    const std::string key = storage::file_key(user, filename);
    const auto removed = co_await base::offload(offload_, [this, key] { return store_.remove(key); });
    if (!removed) co_return std::unexpected(removed.error());
    if (!*removed) co_return std::unexpected(missing());
    co_return Result<void>{};
}

Task<Result<Totals>> Files::count(std::optional<base::UserId> user) {
    std::vector<std::string> folders{"exports/", "imports/", "backups/"};
    if (user) folders = {folder_of(*user), "imports/" + base::to_string(user->uuid) + "/"};
    Totals totals;
    for (const std::string& folder : folders) {
        const auto objects = co_await base::offload(offload_, [this, folder] { return store_.list(folder); });
        if (!objects) co_return std::unexpected(objects.error());
        for (const Object& object : *objects) {
            for (Totals::Part* part :
                 {&totals.all, &totals.folders[object.key.substr(0, object.key.find('/'))]}) {
                ++part->count;
                part->size_bytes += object.size_bytes;
            }
        }
    }
    co_return totals;
}

Task<Result<std::int64_t>> Files::remove_old(std::optional<base::UserId> user, std::chrono::days age) {
    const base::Time before = clock_.now() - age;
    // Uploads of imports belong to their jobs, which remove them.
    const std::string folder = user ? folder_of(*user) : std::string("exports/");
    co_return co_await base::offload(offload_, [this, folder, before]() -> Result<std::int64_t> {
        const auto objects = store_.list(folder);
        if (!objects) return std::unexpected(objects.error());
        std::int64_t count = 0;
        for (const Object& object : *objects) {
            if (object.modified_at > before) continue;
            const auto removed = store_.remove(object.key);
            if (!removed) return std::unexpected(removed.error());
            count += *removed ? 1 : 0;
        }
        return count;
    });
}

Task<Result<std::optional<std::string>>> Files::presign(base::UserId user, std::string filename) {
    const std::string key = storage::file_key(user, filename);
    co_return co_await base::offload(
        offload_, [this, key, filename] { return store_.presigned_url(key, filename, kPresignedLifetime); });
}

std::string Files::link(base::UserId user, std::string_view filename) const {
    return links_.url(storage::file_path(user, filename), clock_.now());
}

Result<void> Files::check_link(base::UserId user, std::string_view filename, std::string_view expires,
                               std::string_view signature) const {
    return links_.check(storage::file_path(user, filename), expires, signature, clock_.now());
}

}  // namespace files

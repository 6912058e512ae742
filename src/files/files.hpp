// Files of users in the storage: what exports and imports wrote for them (contract 3.12).
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/task.hpp"
#include "storage/signed_links.hpp"
#include "storage/store.hpp"

namespace files {

struct File {
    std::string filename;
    storage::Object object;
};

struct Totals {
    struct Part {
        std::int64_t count = 0;
        std::uint64_t size_bytes = 0;
    };
    Part all;
    std::map<std::string, Part> folders;  ///< by the first name of the key
};

class Files {
public:
    /// Calls of the storage block: they are made on `offload`.
    Files(storage::Store& store, const storage::SignedLinks& links, base::asio::thread_pool& offload,
          const base::Clock& clock)
        : store_(store), links_(links), offload_(offload), clock_(clock) {}

    /// Error: file_not_found.
    base::Task<base::Result<File>> find(base::UserId user, std::string filename);
    /// Error: file_not_found.
    base::Task<base::Result<std::unique_ptr<storage::Download>>> open(base::UserId user,
                                                                      std::string filename);
    /// Newest first.
    base::Task<base::Result<std::vector<File>>> list(base::UserId user);
    /// Error: file_not_found.
    base::Task<base::Result<void>> remove(base::UserId user, std::string filename);
    /// Of one user, or of all and everything.
    base::Task<base::Result<Totals>> count(std::optional<base::UserId> user);
    /// Removes files of exports and imports that are older, of one user or of all; never backups.
    base::Task<base::Result<std::int64_t>> remove_old(std::optional<base::UserId> user,
                                                      std::chrono::days age);
    /// Where anybody can read it without us, if the storage offers that.
    base::Task<base::Result<std::optional<std::string>>> presign(base::UserId user, std::string filename);

    [[nodiscard]] std::string link(base::UserId user, std::string_view filename) const;
    /// Errors: file_link_invalid, file_link_expired.
    [[nodiscard]] base::Result<void> check_link(base::UserId user, std::string_view filename,
                                                std::string_view expires, std::string_view signature) const;
    [[nodiscard]] std::string_view provider() const { return store_.provider(); }
    [[nodiscard]] base::asio::thread_pool& offload() { return offload_; }

private:
    storage::Store& store_;
    const storage::SignedLinks& links_;
    base::asio::thread_pool& offload_;
    const base::Clock& clock_;
};

/// Whether it names a file of a folder: no separator, not `..` and the like, no control character.
[[nodiscard]] bool is_filename(std::string_view name);
/// Media type by the ending (IANA).
[[nodiscard]] std::string_view content_type_of(std::string_view filename);

}  // namespace files

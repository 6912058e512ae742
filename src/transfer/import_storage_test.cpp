#include "transfer/import_storage.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "base/id.hpp"
#include "base/temporary_dir.hpp"

namespace transfer {
namespace {

// The end of one import removes the directory of its user when it is empty; the next one needs it at that
// moment.
TEST(ImportStorage, StoresWhileOtherUploadsOfTheUserAreRemoved) {
    constexpr int kUploads = 300;
    const base::TemporaryDir dir;
    const std::filesystem::path source = dir.path() / "source";
    std::ofstream(source) << "upload";
    const ImportStorage storage(dir.path() / "storage");
    const base::UserId user{base::make_uuid(base::Time{})};
    std::atomic<int> failed{0};
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            for (int i = 0; i < kUploads; ++i) {
                const base::Uuid job = base::make_uuid(base::Time{});
                if (!storage.store(user, job, source, 0, 6)) ++failed;
                storage.remove(user, job);
            }
        });
    }
    threads.clear();
    EXPECT_EQ(failed, 0);
}

}  // namespace
}  // namespace transfer

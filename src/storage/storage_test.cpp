// Keys, files on a disk, links, and AWS's signatures against the examples of its documentation.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/temporary_dir.hpp"
#include "storage/local_store.hpp"
#include "storage/signed_links.hpp"
#include "storage/sigv4.hpp"

namespace storage {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST(Keys, StayInside) {
    for (const std::string_view good : {"a", "exports/1/x.json", "a..b", "a/..b", "日本"})
        EXPECT_TRUE(is_key(good)) << good;
    for (const std::string_view bad : {"", "/a", "a/", "a//b", "..", "a/../b", "./a", "a\\b", "a\nb"})
        EXPECT_FALSE(is_key(bad)) << bad;
    EXPECT_FALSE(is_key(std::string_view("a\0b", 3)));
    EXPECT_FALSE(is_key(std::string(1025, 'a')));
}

class LocalStoreTest : public testing::Test {
protected:
    base::Result<Object> store(const std::string& key, std::string_view bytes) {
        auto upload = store_.create(key);
        if (!upload) return std::unexpected(upload.error());
        EXPECT_TRUE((*upload)->write(bytes.substr(0, bytes.size() / 2)));
        EXPECT_TRUE((*upload)->write(bytes.substr(bytes.size() / 2)));
        return (*upload)->finish();
    }
    std::string content(const std::string& key) {
        const auto file = store_.open(key);
        return file ? (*file)->read(0, 1 << 20).value_or("") : "missing";
    }
    std::size_t count_files() const {
        std::size_t count = 0;
        for (const auto& entry : fs::recursive_directory_iterator(root_.path()))
            count += entry.is_regular_file() ? 1 : 0;
        return count;
    }

    base::TemporaryDir root_;
    LocalStore store_{root_.path() / "storage"};
};

TEST_F(LocalStoreTest, WhatIsWrittenIsReadAgain) {
    const auto object = store("exports/u/a.json", "hello world");
    ASSERT_TRUE(object);
    EXPECT_EQ(object->size_bytes, 11U);
    EXPECT_EQ(content("exports/u/a.json"), "hello world");
    const auto file = store_.open("exports/u/a.json");
    ASSERT_TRUE(file);
    EXPECT_EQ((*file)->read(6, 3), "wor");
    EXPECT_EQ((*file)->read(6, 100), "world");
    EXPECT_EQ((*file)->read(100, 3), "");
    const auto found = store_.find("exports/u/a.json");
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->etag, object->etag);
    struct stat status{};
    ASSERT_EQ(::stat((root_.path() / "storage/exports/u/a.json").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    ASSERT_EQ(::stat((root_.path() / "storage/exports/u").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
    // Replaced: whoever reads the old one goes on reading it.
    ASSERT_TRUE(store("exports/u/a.json", "other text"));
    EXPECT_EQ((*file)->read(0, 100), "hello world");
    EXPECT_EQ(content("exports/u/a.json"), "other text");
    EXPECT_NE((*store_.find("exports/u/a.json"))->etag, object->etag);
}

TEST_F(LocalStoreTest, AnUploadThatIsDroppedLeavesNothing) {
    {
        auto upload = store_.create("exports/u/a");
        ASSERT_TRUE(upload);
        ASSERT_TRUE((*upload)->write("half"));
        EXPECT_FALSE(*store_.find("exports/u/a"));
        EXPECT_TRUE(store_.list("exports/")->empty());
        EXPECT_EQ(count_files(), 1U);
    }
    EXPECT_EQ(count_files(), 0U);
}

TEST_F(LocalStoreTest, WhatADeadProcessLeftIsRemoved) {
    auto upload = store_.create("exports/u/a");
    ASSERT_TRUE(upload);
    ASSERT_TRUE(store("exports/u/b", "stays"));
    const base::SystemClock clock;
    store_.remove_unfinished(clock.now() - 1h);
    EXPECT_EQ(count_files(), 2U) << "it may still be written";
    store_.remove_unfinished(clock.now() + 1h);
    EXPECT_EQ(count_files(), 1U);
    EXPECT_EQ(content("exports/u/b"), "stays");
}

TEST_F(LocalStoreTest, ListsByKeyAndRemoves) {
    EXPECT_TRUE(store_.list("exports/")->empty()) << "nothing there yet";
    for (const char* key : {"exports/u/b", "exports/u/a", "exports/v/a", "imports/u/x/upload"})
        ASSERT_TRUE(store(key, key));
    const auto keys = [this](const std::string& prefix) {
        std::vector<std::string> out;
        for (const Object& object : store_.list(prefix).value())
            out.push_back(object.key);
        return out;
    };
    EXPECT_EQ(keys("exports/u/"), (std::vector<std::string>{"exports/u/a", "exports/u/b"}));
    EXPECT_EQ(keys("exports/").size(), 3U);
    EXPECT_EQ(store_.remove("exports/u/a"), true);
    EXPECT_EQ(store_.remove("exports/u/a"), false);
    EXPECT_EQ(store_.remove("exports/w/a"), false);
    EXPECT_EQ(keys("exports/u/"), std::vector<std::string>{"exports/u/b"});
    EXPECT_FALSE(store_.list("exports"));
    EXPECT_FALSE(store_.list("../"));
}

TEST_F(LocalStoreTest, NothingLeadsOutOfTheDirectory) {
    std::ofstream(root_.path() / "secret") << "secret";
    ASSERT_TRUE(store("exports/u/a", "x"));
    fs::create_symlink(root_.path(), root_.path() / "storage/exports/out");
    fs::create_symlink(root_.path() / "secret", root_.path() / "storage/exports/u/link");
    ASSERT_EQ(::mkfifo((root_.path() / "storage/exports/u/pipe").c_str(), 0600), 0);
    for (const std::string& key :
         {std::string("exports/out/secret"), std::string("exports/u/link"), std::string("exports/u/pipe"),
          std::string("../secret"), std::string("exports/u")}) {
        EXPECT_EQ(content(key), "missing") << key;
        const auto found = store_.find(key);
        EXPECT_FALSE(found && *found) << key;
    }
    EXPECT_FALSE(store("exports/out/made", "x"));
    EXPECT_FALSE(store("../made", "x"));
    EXPECT_FALSE(store("exports/.hidden", "x"));
    EXPECT_FALSE(fs::exists(root_.path() / "made"));
    EXPECT_EQ(store_.list("exports/u/")->size(), 1U) << "neither links nor pipes";
}

TEST(SignedLinksTest, LiveForTheirTimeAndForTheirPath) {
    const SignedLinks links("secret", 24h, "https://host");
    const base::Time now = *base::parse_iso("2026-01-01T10:20:30Z");
    const std::string url = links.url("/a/b", now);
    ASSERT_TRUE(url.starts_with("https://host/a/b?expires="));
    const std::string expires = url.substr(url.find("expires=") + 8, 10);
    const std::string signature = url.substr(url.find("signature=") + 10);
    EXPECT_EQ(base::Time(std::chrono::seconds(std::stoll(expires))), *base::parse_iso("2026-01-02T11:00:00Z"))
        << "rounded up to a full hour";
    EXPECT_EQ(links.url("/a/b", now + 39min), url);
    EXPECT_TRUE(links.check("/a/b", expires, signature, now));
    EXPECT_TRUE(links.check("/a/b", expires, signature, now + 24h + 39min));
    const auto code = [&](std::string_view path, std::string_view end, std::string_view sign, base::Time at) {
        const auto checked = links.check(path, end, sign, at);
        return checked ? base::Errc::kCount : checked.error().code;
    };
    EXPECT_EQ(code("/a/b", expires, signature, now + 25h), base::Errc::file_link_expired);
    EXPECT_EQ(code("/a/c", expires, signature, now), base::Errc::file_link_invalid);
    EXPECT_EQ(code("/a/b", "9999999999", signature, now), base::Errc::file_link_invalid);
    EXPECT_EQ(code("/a/b", expires, "", now), base::Errc::file_link_invalid);
    EXPECT_EQ(SignedLinks("other", 24h, "").check("/a/b", expires, signature, now).error().code,
              base::Errc::file_link_invalid);
}

// "Examples: Signature Calculations in AWS Signature Version 4", Amazon S3 API Reference.
const AwsCredentials kExample{.access_key_id = "AKIAIOSFODNN7EXAMPLE",
                              .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                              .region = "us-east-1"};
const base::Time kExampleTime = *base::parse_iso("2013-05-24T00:00:00Z");
constexpr std::string_view kEmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

AwsRequest example(const std::string& path, const std::map<std::string, std::string>& query = {}) {
    return {.method = "GET",
            .path = path,
            .query = query,
            .headers = {{"host", "examplebucket.s3.amazonaws.com"},
                        {"x-amz-content-sha256", std::string(kEmptyHash)},
                        {"x-amz-date", amz_date(kExampleTime)}},
            .payload_hash = std::string(kEmptyHash)};
}

std::string signature_of(const AwsRequest& request) {
    const std::string text = authorization(request, kExample, "s3", kExampleTime);
    return text.substr(text.find("Signature=") + 10);
}

TEST(SigV4, TheExamplesOfTheDocumentation) {
    EXPECT_EQ(amz_date(kExampleTime), "20130524T000000Z");
    AwsRequest object = example("/test.txt");
    object.headers["range"] = "bytes=0-9";
    EXPECT_EQ(authorization(object, kExample, "s3", kExampleTime),
              "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
              "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
              "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    EXPECT_EQ(signature_of(example("/", {{"lifecycle", ""}})),
              "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    EXPECT_EQ(signature_of(example("/", {{"max-keys", "2"}, {"prefix", "J"}})),
              "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(SigV4, APresignedAddress) {
    const AwsRequest request{.method = "GET",
                             .path = "/test.txt",
                             .query = {},
                             .headers = {{"host", "examplebucket.s3.amazonaws.com"}},
                             .payload_hash = {}};
    EXPECT_EQ(
        presigned_query(request, kExample, "s3", kExampleTime, 86'400s),
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2F"
        "aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
        "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(SigV4, PathsAreEscapedOnce) {
    EXPECT_EQ(encoded_path("/a b/日本+~.txt"), "/a%20b/%E6%97%A5%E6%9C%AC%2B~.txt");
    EXPECT_EQ(encoded_query({{"a b", "c/d"}, {"e", ""}}), "a%20b=c%2Fd&e=");
}

}  // namespace
}  // namespace storage

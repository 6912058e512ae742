#include "http/multipart.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace http {
namespace {

using base::Errc;

const std::string kForm =
    "ignored\r\n--B\r\nContent-Disposition: form-data; name=\"source\"\r\n\r\ntwitter\r\n--B  \r\n"
    "content-disposition: form-data; name=\"file\"; filename=\"C:\\\\dir\\\\a%22b.json\"\r\n"
    "Content-Type: application/json\r\n\r\n{\"a\":\r\n--x\r\n}\r\n--B\r\n"
    "Content-Disposition: form-data; name=empty\r\n\r\n\r\n--B--\r\nepilogue";

struct Read {
    std::string text;
    Errc error = Errc::kCount;
    bool operator==(const Read&) const = default;
};

Read read(std::string_view form, std::size_t step, MultipartLimits limits = {}) {
    Read out;
    MultipartParser parser("B", limits,
                           [&](const Part& part, std::string_view piece, std::uint64_t offset,
                               bool first) -> base::Result<void> {
                               if (first) {
                                   out.text += "[" + part.name + "|" + part.filename.value_or("-") + "|" +
                                               part.content_type + "|" + std::to_string(offset) + "]";
                               }
                               out.text += piece;
                               return {};
                           });
    for (std::size_t at = 0; at < form.size(); at += step) {
        if (auto fed = parser.feed(form.substr(at, step)); !fed) return {"", fed.error().code};
    }
    if (auto finished = parser.finish(); !finished) return {"", finished.error().code};
    return out;
}

TEST(Multipart, GivesTheSameForEveryCut) {
    const Read whole = read(kForm, kForm.size());
    const auto content = kForm.find("{\"a\"");
    EXPECT_EQ(whole.text, "[source|-|text/plain|" + std::to_string(kForm.find("twitter")) +
                              "]twitter[file|a\"b.json|application/json|" + std::to_string(content) +
                              "]{\"a\":\r\n--x\r\n}[empty|-|text/plain|" +
                              std::to_string(kForm.find("\r\n--B--")) + "]");
    for (std::size_t step = 1; step < kForm.size(); ++step)
        ASSERT_EQ(read(kForm, step), whole) << step;
}

TEST(Multipart, KeepsItsLimits) {
    const std::string head = "--B\r\nContent-Disposition: form-data; name=a";
    EXPECT_EQ(read(head + "\r\n\r\n" + std::string(11, 'x') + "\r\n--B--", 7, {.field_bytes = 10}).error,
              Errc::request_too_large);
    EXPECT_EQ(read(head + "\r\n\r\n" + std::string(10, 'x') + "\r\n--B--", 7, {.field_bytes = 10}).error,
              Errc::kCount);
    EXPECT_EQ(read(head + "; filename=f\r\n\r\nxx\r\n--B--", 7, {.file_bytes = 1}).error,
              Errc::request_too_large);
    std::string fields;
    for (int i = 0; i < 21; ++i)
        fields += head + "\r\n\r\nx\r\n";
    EXPECT_EQ(read(fields + "--B--", 7).error, Errc::request_too_large);
    const std::string file = head + "; filename=f\r\n\r\nx\r\n";
    EXPECT_EQ(read(file + file + "--B--", 7).error, Errc::request_too_large);
    EXPECT_EQ(read("--B\r\nA: " + std::string(9000, 'x') + "\r\n\r\n", 100).error, Errc::malformed_request);
    EXPECT_EQ(read(std::string(20'000, 'x'), 100).error, Errc::malformed_request);
    EXPECT_EQ(read(std::string(20'000, 'x') + "\r\n--B--", 100'000).error, Errc::malformed_request);
}

TEST(Multipart, RefusesWhatIsCutOrMalformed) {
    for (std::size_t size = 0; size < kForm.find("--B--") + 5; ++size) {
        EXPECT_EQ(read(std::string_view(kForm).substr(0, size), 1000).error, Errc::malformed_request) << size;
    }
    EXPECT_EQ(read("--B\r\nno colon\r\n\r\nx\r\n--B--", 100).error, Errc::malformed_request);
    EXPECT_EQ(read("--B\r\nA: b\r\n\r\nx\r\n--B--", 100).error, Errc::malformed_request);
    EXPECT_EQ(read("--Bjunk\r\n", 100).error, Errc::malformed_request);
    EXPECT_EQ(read("--B--", 1).error, Errc::kCount);
}

TEST(Multipart, ReadsBoundariesAndNames) {
    EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=abc"), "abc");
    EXPECT_EQ(multipart_boundary("Multipart/Form-Data; charset=x; BOUNDARY=\"a b\""), "a b");
    for (const char* bad :
         {"multipart/mixed; boundary=a", "multipart/form-data",
          "multipart/form-data; boundary=", "multipart/form-data; boundary=\"open", "application/json"}) {
        EXPECT_EQ(multipart_boundary(bad), std::nullopt) << bad;
    }
    EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=" + std::string(71, 'a')), std::nullopt);
    const auto name = [](const std::string& filename) {
        return read("--B\r\nContent-Disposition: form-data; name=a; filename=" + filename +
                        "\r\n\r\n\r\n--B--",
                    100)
            .text;
    };
    EXPECT_TRUE(name("\"../../etc/passwd\"").starts_with("[a|passwd|"));
    EXPECT_TRUE(name("\"..\"").starts_with("[a||"));
    EXPECT_TRUE(name("\"a\\\"b;c\"").starts_with("[a|a\"b;c|"));
    EXPECT_TRUE(name("\"日本.csv\"").starts_with("[a|日本.csv|"));
    EXPECT_TRUE(name("\"\xff\x01.csv\"").starts_with("[a|\xEF\xBF\xBD.csv|"));
    EXPECT_EQ(name("\"" + std::string(300, 'x') + "\"").find('|', 3), 3U + 255U);
}

TEST(Multipart, FindsTheFileInASpooledBody) {
    std::string path = (std::filesystem::temp_directory_path() / "http-form-XXXXXX").string();
    const int descriptor = ::mkstemp(path.data());
    ASSERT_GE(descriptor, 0);
    ::close(descriptor);
    std::ofstream(path, std::ios::binary) << kForm;
    const auto form = read_form(path, "multipart/form-data; boundary=B");
    ASSERT_TRUE(form);
    EXPECT_EQ(form->field("source"), "twitter");
    EXPECT_EQ(form->field("empty"), "");
    EXPECT_EQ(form->field("absent"), std::nullopt);
    ASSERT_TRUE(form->file);
    EXPECT_EQ(kForm.substr(form->file->offset, form->file->size_bytes), "{\"a\":\r\n--x\r\n}");
    EXPECT_EQ(read_form(path, "application/json").error().code, Errc::unsupported_media_type);
    std::filesystem::remove(path);
    EXPECT_EQ(read_form(path, "multipart/form-data; boundary=B").error().code, Errc::service_unavailable);
}

}  // namespace
}  // namespace http

// Import files of any kind. The first byte chooses what the user says the file is, the second seeds the cuts;
// the rest is the file. Read whole and read in chunks it must give the same, and whatever comes out must be
// fit to be stored.
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

#include "../support/record_dump.hpp"
#include "base/utf8.hpp"
#include "transfer/reader.hpp"

namespace {

constexpr transfer::Format kFormats[]{
    transfer::Format::automatic,    transfer::Format::twitter,
    transfer::Format::x_bookmarker, transfer::Format::twitter_web_exporter,
    transfer::Format::x_graphql,    transfer::Format::json,
    transfer::Format::csv,          transfer::Format::x_archive,
    transfer::Format::siftly,       transfer::Format::dewey,
    transfer::Format::fieldtheory,  transfer::Format::netscape,
    transfer::Format::chrome,       transfer::Format::raindrop,
    transfer::Format::pinboard,     transfer::Format::karakeep,
};
/// Small, so that the fuzzer reaches the bounds.
constexpr transfer::ReadLimits kLimits{.record_bytes_max = 16 * 1024, .inflated_bytes_max = 1024 * 1024};

void check(bool condition) {
    if (!condition) std::abort();
}

void check_record(const transfer::Record& record) {
    const bookmarks::Draft& draft = record.draft;
    check(!draft.x_tweet_id.empty() && draft.x_tweet_id.size() <= 50);
    check(draft.url.empty() || bookmarks::is_http_url(draft.url));
    for (const std::string* text :
         {&draft.content, &draft.author_username, &draft.author_display_name, &draft.source})
        check(base::is_valid_utf8(*text) && !text->contains('\0'));
    for (const std::string& link : draft.links)
        check(bookmarks::is_http_url(link));
    for (const bookmarks::Media& media : draft.media)
        check(bookmarks::is_http_url(media.url));
    for (const std::string& tag : draft.tags)
        check(bookmarks::normalise_tag(tag) == tag);
}

std::string read(transfer::Format format, std::string_view file, unsigned seed) {
    std::string out;
    transfer::Sink sink = transfer::dumping_sink(out);
    sink.record = [&out](transfer::Record&& record) {
        check_record(record);
        transfer::dump(out, record);
    };
    transfer::Reader reader(format, sink, kLimits);
    std::mt19937 random(seed);
    while (!file.empty()) {
        const std::size_t size = seed == 0 ? file.size() : 1 + random() % (seed * 4);
        reader.feed(file.substr(0, size));
        file.remove_prefix(std::min(size, file.size()));
    }
    reader.finish();
    check(!reader.refusal() || out.empty());
    return reader.refusal() ? "refused: " + *reader.refusal() : out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const transfer::Format format = kFormats[data[0] % std::size(kFormats)];
    const std::string_view file(reinterpret_cast<const char*>(data) + 2, size - 2);
    check(read(format, file, 0) == read(format, file, 1U + data[1]));
    return 0;
}

// The last step of every format: a record as it was read becomes one that may be stored, or an error. Counts
// what had to be left out, so that a file with a million bad links gives one warning.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "transfer/format.hpp"
#include "transfer/record.hpp"

namespace transfer {

enum class Warning : std::uint8_t {
    url_dropped,
    tag_dropped,
    date_unreadable,
    text_cut,
    list_cut,
    media_dropped,
    likes_left_out,
    not_a_bookmark,
    kCount
};

class Collector {
public:
    /// Once `cancelled` is true everything is dropped.
    Collector(const Sink& sink, Format format, const std::atomic<bool>& cancelled)
        : sink_(sink), format_(format), cancelled_(cancelled) {}

    /// Checks and completes the record: only http and https addresses, tags in normal form and once, the
    /// author of the status URL or `imported`, id and URL (contract 5.2, 6.2). Content of more than 100,000
    /// code points, an id with strange characters, or a record without id, URL and content is an error.
    void add(Record&& record);
    void add(CategoryRecord&& category);
    void add(PartRecord&& part);
    void error(RecordError&& error);
    void warn(Warning kind, std::int64_t line);
    /// Reads a date, with a warning when there is a text that is none.
    std::optional<base::Time> date(const std::string& text, std::int64_t line);
    /// Gives the warnings to the sink.
    void finish();

private:
    struct Count {
        std::int64_t times = 0;
        std::int64_t first_line = 0;
    };
    void keep_http_urls(Record& record);
    void normalise_lists(Record& record);
    void fill_author(bookmarks::Draft& draft);
    /// `twitter.com/…?s=20` and the like become the address that posts have everywhere (contract 3.3).
    void use_canonical_url(bookmarks::Draft& draft) const;
    void cut(std::string& text, std::size_t length_max, std::int64_t line);

    const Sink& sink_;
    Format format_;
    const std::atomic<bool>& cancelled_;
    std::array<Count, static_cast<std::size_t>(Warning::kCount)> counts_{};
};

}  // namespace transfer

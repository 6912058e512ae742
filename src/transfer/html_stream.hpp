// Links of a Netscape bookmark file from chunks of any size. Only the tags of that format mean anything;
// whatever else the file holds is passed over, and nothing that is malformed ends the reading.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace transfer {

class HtmlStream {
public:
    /// An object with `href`, `title`, `description`, `folders` (names from the root down) and the attributes
    /// `add_date`, `tags`, `toread` as they stand there; `line` is where its tag begins, 1-based.
    using OnLink = std::function<void(boost::json::object&& link, std::int64_t line)>;

    /// A tag or text of more than `token_bytes_max` bytes is cut.
    HtmlStream(std::size_t token_bytes_max, OnLink on_link);

    void feed(std::string_view chunk);
    void finish();

private:
    enum class Part : std::uint8_t { none, folder, link, description };

    void take_tag(std::string_view tag);
    void open_link(std::string_view tag);
    void end_part();
    void end_link();

    std::size_t token_bytes_max_;
    OnLink on_link_;
    std::string token_;
    bool in_tag_ = false;
    char quote_ = 0;  ///< of the attribute that is being read
    std::int64_t line_ = 1;
    std::int64_t tag_line_ = 1;
    Part part_ = Part::none;
    std::string text_;    ///< of the part
    std::string folder_;  ///< the last heading, for the list behind it
    std::vector<std::string> folders_;
    bool has_link_ = false;
    boost::json::object link_;
    std::int64_t link_line_ = 0;
};

/// Replaces character references (HTML standard, 13.2.5.72): numbers, and the names that bookmark files have.
[[nodiscard]] std::string decode_html(std::string_view text);

}  // namespace transfer

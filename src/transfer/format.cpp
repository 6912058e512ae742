#include "transfer/format.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace transfer {
namespace {

constexpr std::array<std::pair<Format, std::string_view>, 17> kNames{{
    {Format::automatic, "auto"},
    {Format::twitter, "twitter"},
    {Format::x_bookmarker, "x-bookmarker"},
    {Format::twitter_web_exporter, "twitter-web-exporter"},
    {Format::x_graphql, "x-graphql"},
    {Format::x_archive, "x-archive"},
    {Format::siftly, "siftly"},
    {Format::dewey, "dewey"},
    {Format::fieldtheory, "fieldtheory"},
    {Format::netscape, "netscape"},
    {Format::netscape, "firefox"},
    {Format::chrome, "chrome"},
    {Format::raindrop, "raindrop"},
    {Format::pinboard, "pinboard"},
    {Format::karakeep, "karakeep"},
    {Format::json, "json"},
    {Format::csv, "csv"},
}};

}  // namespace

std::string_view to_string(Format format) {
    for (const auto& [value, name] : kNames)
        if (value == format) return name;
    return "auto";
}

std::optional<Format> parse_format(std::string_view name) {
    for (const auto& [value, text] : kNames)
        if (text == name) return value;
    return {};
}

}  // namespace transfer

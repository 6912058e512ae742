#include "http/request.hpp"

#include <algorithm>

#include "http/parser.hpp"
#include "http/percent.hpp"

namespace http {
namespace {

// A query of 16 KiB can name thousands of parameters; nobody means more than these.
constexpr std::size_t kPairsMax = 1000;

/// `a[]` and `a[0]` are `a`; `a[b]` stays. Indices go as long as there is one, so that a name which was read
/// and written again is the same name.
std::string_view without_index(std::string_view name) {
    while (name.size() >= 3 && name.back() == ']') {
        const auto open = name.rfind('[');
        if (open == std::string_view::npos || open == 0) return name;
        const auto index = name.substr(open + 1, name.size() - open - 2);
        if (!std::ranges::all_of(index, [](char c) { return c >= '0' && c <= '9'; })) return name;
        name = name.substr(0, open);
    }
    return name;
}

}  // namespace

std::string_view to_string(Method method) {
    switch (method) {
        case Method::get:
            return "GET";
        case Method::head:
            return "HEAD";
        case Method::post:
            return "POST";
        case Method::put:
            return "PUT";
        case Method::patch:
            return "PATCH";
        case Method::del:
            return "DELETE";
        case Method::options:
            return "OPTIONS";
        case Method::other:
            break;
    }
    return "OTHER";
}

std::string_view to_string(CacheUse use) {
    switch (use) {
        case CacheUse::hit:
            return "hit";
        case CacheUse::miss:
            return "miss";
        case CacheUse::bypass:
            break;
    }
    return "bypass";
}

std::optional<std::string_view> Request::header(std::string_view name) const {
    for (const Header& header : headers) {
        if (equal_ignoring_case(header.name, name)) return header.value;
    }
    return std::nullopt;
}

std::optional<std::string_view> Request::cookie(std::string_view name) const {
    for (const Header& header : headers) {
        if (!equal_ignoring_case(header.name, "cookie")) continue;
        for (std::string_view rest = header.value; !rest.empty();) {
            const auto end = rest.find(';');
            const auto pair = trim(rest.substr(0, end));
            rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
            const auto equals = pair.find('=');
            if (equals == std::string_view::npos || trim(pair.substr(0, equals)) != name) continue;
            auto value = trim(pair.substr(equals + 1));
            if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
                value = value.substr(1, value.size() - 2);
            }
            return value;
        }
    }
    return std::nullopt;
}

Query::Query(std::string_view raw_query) {
    for (std::string_view rest = raw_query; !rest.empty() && pairs_.size() < kPairsMax;) {
        const auto end = rest.find('&');
        const auto pair = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        auto name = decode_form(pair.substr(0, equals));
        name.resize(without_index(name).size());
        if (name.empty()) continue;
        auto value = equals == std::string_view::npos ? std::string() : decode_form(pair.substr(equals + 1));
        pairs_.emplace_back(std::move(name), std::move(value));
    }
}

std::optional<std::string_view> Query::get(std::string_view name) const {
    for (auto pair = pairs_.rbegin(); pair != pairs_.rend(); ++pair) {
        if (pair->first == name) return pair->second;
    }
    return std::nullopt;
}

std::vector<std::string> Query::list(std::string_view name, bool split_commas) const {
    std::vector<std::string> out;
    for (const auto& [key, value] : pairs_) {
        if (key != name) continue;
        for (std::string_view rest = value; !rest.empty();) {
            const auto end = split_commas ? rest.find(',') : std::string_view::npos;
            const auto item = trim(rest.substr(0, end));
            if (!item.empty()) out.emplace_back(item);
            rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        }
    }
    return out;
}

std::optional<bool> Query::flag(std::string_view name) const {
    const auto text = get(name);
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
    return std::nullopt;
}

}  // namespace http

#include "transfer/fields.hpp"

#include <boost/json.hpp>

#include <algorithm>
namespace transfer {
namespace {

namespace json = boost::json;

/// Records with more members than that do not come from a program that we know.
constexpr std::size_t kMembersMax = 1000;

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

char lower(char c) {
    return is_upper(c) ? static_cast<char>(c | 0x20) : c;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1);
}

bool is_empty(const json::value& value) {
    if (value.is_null()) return true;
    const json::string* text = value.if_string();
    return text != nullptr && text->empty();
}

std::string text_of_element(const json::value& element) {
    const json::object* object = element.if_object();
    if (object == nullptr) return text_of(&element);
    for (const std::string_view name : {"name", "text", "url", "tag", "expanded_url", "username"})
        if (const json::value* found = object->if_contains(name); found != nullptr && !is_empty(*found))
            return text_of(found);
    return {};
}

}  // namespace

std::string canonical_name(std::string_view name) {
    std::string result;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        const bool gap = c == ' ' || c == '-' || c == '_';
        const bool hump = is_upper(c) && i > 0 && !is_upper(name[i - 1]);
        if ((gap || hump) && !result.empty() && result.back() != '_') result += '_';
        if (!gap) result += lower(c);
    }
    while (result.ends_with('_'))
        result.pop_back();
    return result;
}

std::optional<bool> flag_of(const json::value* value) {
    std::string text = text_of(value);
    std::ranges::transform(text, text.begin(), lower);
    if (text == "true" || text == "yes" || text == "1") return true;
    if (text == "false" || text == "no" || text == "0") return false;
    return {};
}

std::vector<std::string> split(std::string_view text, std::initializer_list<std::string_view> separators) {
    std::vector<std::string> pieces;
    const auto add = [&](std::string_view piece) {
        if (const std::string_view rest = trimmed(piece); !rest.empty()) pieces.emplace_back(rest);
    };
    std::size_t start = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto hit = std::ranges::find_if(
            separators, [&](std::string_view s) { return text.substr(at).starts_with(s); });
        if (hit == separators.end()) {
            ++at;
            continue;
        }
        add(text.substr(start, at - start));
        at += hit->size();
        start = at;
    }
    add(text.substr(start));
    return pieces;
}

Fields::Fields(const json::object& object) {
    members_.reserve(std::min(object.size(), kMembersMax));
    for (const auto& [name, value] : object) {
        if (members_.size() >= kMembersMax) break;
        members_.push_back({.name = canonical_name({name.data(), name.size()}), .value = &value});
    }
}

const json::value* Fields::find(Names names) const {
    for (const std::string_view name : names)
        for (const Member& member : members_)
            if (member.name == name && !is_empty(*member.value)) return member.value;
    return nullptr;
}

bool Fields::has(std::string_view name) const {
    return std::ranges::find(members_, name, &Member::name) != members_.end();
}

std::optional<std::string> Fields::maybe_text(Names names) const {
    std::string result = text(names);
    if (result.empty()) return {};
    return result;
}

std::vector<std::string> Fields::list(Names names, std::initializer_list<std::string_view> separators) const {
    const json::value* value = find(names);
    if (value == nullptr) return {};
    const json::array* array = value->if_array();
    if (array == nullptr) return split(text_of(value), separators);
    std::vector<std::string> result;
    for (const json::value& element : *array)
        if (std::string text = text_of_element(element); !text.empty()) result.push_back(std::move(text));
    return result;
}

}  // namespace transfer

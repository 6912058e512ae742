#include "transfer/html_stream.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/utf8.hpp"

namespace transfer {
namespace {

namespace json = boost::json;

constexpr std::size_t kFoldersMax = 64;
constexpr std::size_t kReferenceBytesMax = 12;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

std::string lowered(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), lower);
    return out;
}

std::string trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return std::string(text);
}

/// `dl` of `DL><p`, `/a` of `/A`.
std::string name_of(std::string_view tag) {
    std::size_t end = 0;
    while (end < tag.size() && !is_blank(tag[end]) && (tag[end] != '/' || end == 0))
        ++end;
    return lowered(tag.substr(0, end));
}

/// Calls `take(name, value)` for each attribute, names in lower case.
template <class Take>
void read_attributes(std::string_view tag, Take take) {
    std::size_t at = name_of(tag).size();
    while (at < tag.size()) {
        while (at < tag.size() && (is_blank(tag[at]) || tag[at] == '/'))
            ++at;
        const std::size_t start = at;
        while (at < tag.size() && !is_blank(tag[at]) && tag[at] != '=')
            ++at;
        const std::string name = lowered(tag.substr(start, at - start));
        while (at < tag.size() && is_blank(tag[at]))
            ++at;
        if (at >= tag.size() || tag[at] != '=') {
            if (!name.empty()) take(name, std::string_view());
            if (name.empty()) ++at;
            continue;
        }
        ++at;
        while (at < tag.size() && is_blank(tag[at]))
            ++at;
        const char quote = at < tag.size() && (tag[at] == '"' || tag[at] == '\'') ? tag[at++] : '\0';
        const std::size_t value = at;
        while (at < tag.size() && (quote != '\0' ? tag[at] != quote : !is_blank(tag[at])))
            ++at;
        take(name, tag.substr(value, at - value));
        if (quote != '\0') ++at;
    }
}

/// What `&…;` stands for; nothing when it is no reference.
std::optional<char32_t> reference(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, char32_t>, 13> kNames{{{"amp", U'&'},
                                                                            {"lt", U'<'},
                                                                            {"gt", U'>'},
                                                                            {"quot", U'"'},
                                                                            {"apos", U'\''},
                                                                            {"nbsp", U' '},
                                                                            {"hellip", U'…'},
                                                                            {"ndash", U'–'},
                                                                            {"mdash", U'—'},
                                                                            {"lsquo", U'‘'},
                                                                            {"rsquo", U'’'},
                                                                            {"ldquo", U'“'},
                                                                            {"rdquo", U'”'}}};
    if (!name.starts_with('#')) {
        const auto found = std::ranges::find(kNames, name, &decltype(kNames)::value_type::first);
        return found == kNames.end() ? std::nullopt : std::optional(found->second);
    }
    name.remove_prefix(1);
    const bool is_hex = name.starts_with('x') || name.starts_with('X');
    if (is_hex) name.remove_prefix(1);
    std::uint32_t number = 0;
    const auto [end, error] =
        std::from_chars(name.data(), name.data() + name.size(), number, is_hex ? 16 : 10);
    const bool is_valid = number > 0 && number <= 0x10FFFF && (number < 0xD800 || number > 0xDFFF);
    if (error != std::errc{} || end != name.data() + name.size() || !is_valid) return {};
    return static_cast<char32_t>(number);
}

}  // namespace

std::string decode_html(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '&') {
            const std::size_t end = text.substr(at, kReferenceBytesMax).find(';');
            if (end != std::string_view::npos)
                if (const auto decoded = reference(text.substr(at + 1, end - 1))) {
                    base::append_utf8(out, *decoded);
                    at += end + 1;
                    continue;
                }
        }
        out += text[at++];
    }
    return out;
}

HtmlStream::HtmlStream(std::size_t token_bytes_max, OnLink on_link)
    : token_bytes_max_(token_bytes_max), on_link_(std::move(on_link)) {}

void HtmlStream::feed(std::string_view chunk) {
    const auto add = [this](std::string& text, char c) {
        if (text.size() < token_bytes_max_) text += c;
    };
    for (const char c : chunk) {
        if (c == '\n') ++line_;
        if (!in_tag_) {
            if (c == '<') {
                in_tag_ = true;
                tag_line_ = line_;
            } else if (part_ != Part::none) {
                add(text_, c);
            }
            continue;
        }
        // A `>` inside of quotes ends nothing, except in a comment, which has none.
        const bool is_comment = token_.starts_with("!--");
        if (quote_ != 0) {
            if (c == quote_) quote_ = 0;
            add(token_, c);
        } else if (c == '>' && (!is_comment || token_.ends_with("--"))) {
            in_tag_ = false;
            take_tag(std::exchange(token_, {}));
        } else {
            const bool is_value = !token_.empty() && (token_.back() == '=' || is_blank(token_.back()));
            if (!is_comment && is_value && (c == '"' || c == '\'')) quote_ = c;
            add(token_, c);
        }
    }
}

void HtmlStream::finish() {
    end_part();
    end_link();
}

void HtmlStream::take_tag(std::string_view tag) {
    const std::string name = name_of(tag);
    if (name == "h3") {
        end_part();
        end_link();
        part_ = Part::folder;
    } else if (name == "a") {
        end_part();
        end_link();
        open_link(tag);
    } else if (name == "/h3" || name == "/a") {
        end_part();
    } else if (name == "dd") {
        end_part();
        if (has_link_) part_ = Part::description;
    } else if (name == "dt") {
        end_part();
        end_link();
    } else if (name == "dl") {
        end_part();
        end_link();
        // The outermost list has no heading.
        folders_.push_back(std::exchange(folder_, {}));
    } else if (name == "/dl") {
        end_part();
        end_link();
        if (!folders_.empty()) folders_.pop_back();
    } else if (name == "br" && part_ == Part::description) {
        text_ += '\n';
    }
}

void HtmlStream::open_link(std::string_view tag) {
    has_link_ = true;
    link_line_ = tag_line_;
    link_.clear();
    read_attributes(tag, [this](const std::string& name, std::string_view value) {
        constexpr std::array<std::string_view, 4> kKept{"href", "add_date", "tags", "toread"};
        if (std::ranges::find(kKept, name) != kKept.end()) link_[name] = decode_html(value);
    });
    json::array folders;
    for (std::size_t i = 0; i < folders_.size() && i < kFoldersMax; ++i)
        if (!folders_[i].empty()) folders.emplace_back(folders_[i]);
    link_["folders"] = std::move(folders);
    part_ = Part::link;
}

void HtmlStream::end_part() {
    const std::string text = trimmed(decode_html(std::exchange(text_, {})));
    switch (std::exchange(part_, Part::none)) {
        case Part::folder:
            folder_ = text;
            break;
        case Part::link:
            link_["title"] = text;
            break;
        case Part::description:
            link_["description"] = text;
            break;
        case Part::none:
            break;
    }
}

void HtmlStream::end_link() {
    if (!std::exchange(has_link_, false)) return;
    on_link_(std::move(link_), link_line_);
    link_ = {};
}

}  // namespace transfer

#include "http/validation.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <chrono>
#include <cmath>
#include <type_traits>

#include "base/utf8.hpp"
#include "http/parser.hpp"

namespace http {
namespace {

constexpr std::size_t kUrlMaxBytes = 4096;

std::string_view view(const boost::json::string& text) {
    return {text.data(), text.size()};
}

/// The word of contract 1.4 for what was received.
std::string_view kind_of(const boost::json::value& value) {
    switch (value.kind()) {
        case boost::json::kind::null:
            return "null";
        case boost::json::kind::bool_:
            return "boolean";
        case boost::json::kind::int64:
        case boost::json::kind::uint64:
            return "number";
        case boost::json::kind::double_:
            return std::isnan(value.get_double()) ? "nan" : "number";
        case boost::json::kind::string:
            return "string";
        case boost::json::kind::array:
            return "array";
        case boost::json::kind::object:
            break;
    }
    return "object";
}

/// An absolute http or https URL with a host and nothing that could end a line or hide (RFC 3986, loosely).
bool is_url(std::string_view text) {
    if (text.size() > kUrlMaxBytes) return false;
    std::string_view rest;
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (equal_ignoring_case(text.substr(0, scheme.size()), scheme)) rest = text.substr(scheme.size());
    }
    const auto authority = rest.substr(0, rest.find_first_of("/?#"));
    const auto host = authority.substr(authority.rfind('@') + 1);
    if (host.empty() || host.front() == ':') return false;
    return std::ranges::none_of(text, [](char c) {
        const auto u = static_cast<unsigned char>(c);
        return u <= 0x20 || u == 0x7f || c == '"' || c == '<' || c == '>' || c == '\\';
    });
}

std::optional<std::string> checked_text(std::string_view raw, std::string_view path, Length length,
                                        Faults& faults) {
    auto text = base::clean_text(raw);
    const std::size_t count = base::count_code_points(text);
    if (count < length.min) {
        faults.too_small(path, static_cast<std::int64_t>(length.min), "string");
        return std::nullopt;
    }
    if (count > length.max) {
        faults.too_big(path, static_cast<std::int64_t>(length.max), "string");
        return std::nullopt;
    }
    return text;
}

/// Checks the number of items and reads each with `read(item, path)`; nothing when any of them is faulty.
template <class Item, class Read>
std::optional<std::vector<Item>> read_items(const boost::json::array& array, const std::string& path,
                                            std::size_t min_items, std::size_t max_items, Faults& faults,
                                            Read read) {
    if (array.size() < min_items) {
        faults.too_small(path, static_cast<std::int64_t>(min_items), "array");
        return std::nullopt;
    }
    if (array.size() > max_items) {
        faults.too_big(path, static_cast<std::int64_t>(max_items), "array");
        return std::nullopt;
    }
    std::vector<Item> out;
    out.reserve(array.size());
    for (std::size_t i = 0; i < array.size(); ++i) {
        const std::string item_path = path + "[" + std::to_string(i) + "]";
        if (!array[i].is_string()) {
            faults.invalid_type(item_path, "string", kind_of(array[i]));
        } else if (auto item = read(view(array[i].get_string()), item_path)) {
            out.push_back(std::move(*item));
        }
    }
    if (out.size() != array.size()) return std::nullopt;
    return out;
}

}  // namespace

ObjectReader::ObjectReader(const boost::json::object& object, Faults& faults, std::string prefix)
    : object_(object), faults_(faults), prefix_(std::move(prefix)) {}

std::string ObjectReader::path(std::string_view name) const {
    return prefix_ + std::string(name);
}

// The member when it is there and of that kind; otherwise a fault, unless it is absent and need not be there.
const boost::json::value* ObjectReader::member(std::string_view name, std::string_view expected,
                                               bool required) {
    const auto* value = object_.if_contains({name.data(), name.size()});
    if (value == nullptr) {
        if (required) faults_.invalid_type(path(name), expected, "undefined");
        return nullptr;
    }
    if (kind_of(*value) == expected) return value;
    faults_.invalid_type(path(name), expected, kind_of(*value));
    return nullptr;
}

bool ObjectReader::has(std::string_view name) const {
    return object_.contains({name.data(), name.size()});
}

bool ObjectReader::is_null(std::string_view name) const {
    const auto* value = object_.if_contains({name.data(), name.size()});
    return value != nullptr && value->is_null();
}

std::optional<std::string> ObjectReader::text(std::string_view name, Length length, bool required) {
    const auto* value = member(name, "string", required);
    if (value == nullptr) return std::nullopt;
    return checked_text(view(value->get_string()), path(name), length, faults_);
}

std::optional<bool> ObjectReader::flag(std::string_view name, bool required) {
    const auto* value = object_.if_contains({name.data(), name.size()});
    if (value != nullptr && value->is_string()) {
        // Forms have texts only.
        if (value->get_string() == "true") return true;
        if (value->get_string() == "false") return false;
    }
    value = member(name, "boolean", required);
    if (value == nullptr) return std::nullopt;
    return value->get_bool();
}

std::optional<std::int64_t> ObjectReader::integer(std::string_view name, std::int64_t min, std::int64_t max,
                                                  bool required) {
    const auto* value = member(name, "number", required);
    if (value == nullptr) return std::nullopt;
    std::int64_t number = 0;
    if (value->is_double()) {
        const double real = value->get_double();
        if (real != std::floor(real)) {
            faults_.invalid_type(path(name), "integer", "float");
            return std::nullopt;
        }
        // 1e300 is whole and out of any range; the cast must not see it.
        constexpr double kWide = 9.0e18;
        number = static_cast<std::int64_t>(std::clamp(real, -kWide, kWide));
    } else if (value->is_uint64()) {
        number = INT64_MAX;
    } else {
        number = value->get_int64();
    }
    if (number < min) {
        faults_.too_small(path(name), min, "number");
        return std::nullopt;
    }
    if (number > max) {
        faults_.too_big(path(name), max, "number");
        return std::nullopt;
    }
    return number;
}

std::optional<base::Uuid> ObjectReader::uuid(std::string_view name, bool required) {
    const auto* value = member(name, "string", required);
    if (value == nullptr) return std::nullopt;
    auto id = base::parse_uuid(view(value->get_string()));
    if (!id) faults_.invalid_string(path(name), "uuid");
    return id;
}

std::optional<base::Time> ObjectReader::date(std::string_view name, bool required) {
    const auto* value = member(name, "string", required);
    if (value == nullptr) return std::nullopt;
    auto time = base::parse_iso(view(value->get_string()));
    if (!time) faults_.invalid_date(path(name));
    return time;
}

std::optional<std::string> ObjectReader::url(std::string_view name, bool required) {
    const auto* value = member(name, "string", required);
    if (value == nullptr) return std::nullopt;
    if (is_url(view(value->get_string()))) return std::string(view(value->get_string()));
    faults_.invalid_string(path(name), "url");
    return std::nullopt;
}

std::optional<std::string> ObjectReader::one_of(std::string_view name,
                                                std::initializer_list<std::string_view> options,
                                                bool required) {
    const auto* value = member(name, "string", required);
    if (value == nullptr) return std::nullopt;
    const auto text = view(value->get_string());
    if (std::ranges::find(options, text) != options.end()) return std::string(text);
    faults_.invalid_enum(path(name), text, {options.begin(), options.size()});
    return std::nullopt;
}

std::optional<std::vector<std::string>> ObjectReader::texts(std::string_view name, std::size_t max_items,
                                                            Length length, bool required) {
    const auto* value = member(name, "array", required);
    if (value == nullptr) return std::nullopt;
    return read_items<std::string>(
        value->get_array(), path(name), 0, max_items, faults_,
        [&](std::string_view raw, const std::string& at) { return checked_text(raw, at, length, faults_); });
}

std::optional<std::vector<std::string>> ObjectReader::urls(std::string_view name, std::size_t max_items) {
    const auto* value = member(name, "array", false);
    if (value == nullptr) return std::nullopt;
    return read_items<std::string>(
        value->get_array(), path(name), 0, max_items, faults_,
        [&](std::string_view raw, const std::string& at) -> std::optional<std::string> {
            if (is_url(raw)) return std::string(raw);
            faults_.invalid_string(at, "url");
            return std::nullopt;
        });
}

std::optional<std::vector<base::Uuid>> ObjectReader::uuids(std::string_view name, std::size_t min_items,
                                                           std::size_t max_items, bool required) {
    const auto* value = member(name, "array", required);
    if (value == nullptr) return std::nullopt;
    return read_items<base::Uuid>(value->get_array(), path(name), min_items, max_items, faults_,
                                  [&](std::string_view raw, const std::string& at) {
                                      auto id = base::parse_uuid(raw);
                                      if (!id) faults_.invalid_string(at, "uuid");
                                      return id;
                                  });
}

std::optional<std::vector<const boost::json::object*>> ObjectReader::objects(std::string_view name,
                                                                             std::size_t min_items,
                                                                             std::size_t max_items,
                                                                             bool required) {
    const auto* value = member(name, "array", required);
    if (value == nullptr) return std::nullopt;
    const boost::json::array& items = value->get_array();
    if (items.size() < min_items)
        faults_.too_small(path(name), static_cast<std::int64_t>(min_items), "array");
    if (items.size() > max_items) faults_.too_big(path(name), static_cast<std::int64_t>(max_items), "array");
    if (items.size() < min_items || items.size() > max_items) return std::nullopt;
    std::vector<const boost::json::object*> out;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const boost::json::object* item = items[i].if_object();
        if (item == nullptr) {
            faults_.invalid_type(path(name) + '[' + std::to_string(i) + ']', "object", kind_of(items[i]));
            continue;
        }
        out.push_back(item);
    }
    return out;
}

const boost::json::object* ObjectReader::object(std::string_view name, bool required) {
    const auto* value = member(name, "object", required);
    return value == nullptr ? nullptr : &value->get_object();
}

std::optional<std::int64_t> query_integer(const Query& query, std::string_view name, std::int64_t min,
                                          std::int64_t max, Faults& faults) {
    const auto text = query.get(name);
    if (!text) return std::nullopt;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    const bool whole = end == text->data() + text->size() && !text->empty();
    if (error == std::errc::result_out_of_range && whole) {
        number = text->front() == '-' ? INT64_MIN : INT64_MAX;
    } else if (error != std::errc() || !whole) {
        faults.invalid_type(name, "integer", "string");
        return std::nullopt;
    }
    if (number < min) {
        faults.too_small(name, min, "number");
        return std::nullopt;
    }
    if (number > max) {
        faults.too_big(name, max, "number");
        return std::nullopt;
    }
    return number;
}

}  // namespace http

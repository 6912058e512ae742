// The faults of a request as the `details` of its problem (contract 1.4).
#include <cctype>

#include "base/json_writer.hpp"
#include "http/validation.hpp"

namespace http {
namespace {

/// `updates.tags[3]` as `["updates","tags",3]`.
void append_path(base::JsonWriter& out, std::string_view path) {
    out.begin_array();
    while (!path.empty()) {
        if (path.front() == '[') {
            const auto close = path.find(']');
            std::int64_t index = 0;
            for (const char c : path.substr(1, close - 1))
                index = index * 10 + (c - '0');
            out.value(index);
            path.remove_prefix(close + 1);
        } else {
            const auto end = std::min(path.find_first_of(".["), path.size());
            out.value(path.substr(0, end));
            path.remove_prefix(end);
        }
        if (path.starts_with('.')) path.remove_prefix(1);
    }
    out.end_array();
}

/// One item; `more` adds the keys of its case.
template <class More>
std::string item(std::string_view path, std::string_view code, std::string_view message, More more) {
    std::string json;
    base::JsonWriter out(json);
    out.begin_object().key("path");
    append_path(out, path);
    out.member("code", code).member("message", message);
    more(out);
    out.end_object();
    return json;
}

std::string_view unit_of(std::string_view type) {
    if (type == "string") return " characters";
    return type == "array" ? " items" : "";
}

std::string range_item(std::string_view path, bool small, std::int64_t bound, std::string_view type) {
    const std::string message = std::string(small ? "Must be at least " : "Must be at most ") +
                                std::to_string(bound) + std::string(unit_of(type));
    return item(path, small ? "too_small" : "too_big", message, [&](base::JsonWriter& out) {
        out.member(small ? "minimum" : "maximum", bound)
            .member("type", type)
            .member("inclusive", true)
            .member("exact", false);
    });
}

}  // namespace

void Faults::invalid_type(std::string_view path, std::string_view expected, std::string_view received) {
    const std::string message =
        received == "undefined" ? "Required"
                                : "Expected " + std::string(expected) + ", received " + std::string(received);
    items_.push_back(item(at(path), "invalid_type", message, [&](base::JsonWriter& out) {
        out.member("expected", expected).member("received", received);
    }));
}

void Faults::invalid_enum(std::string_view path, std::string_view received,
                          std::span<const std::string_view> options) {
    std::string message = "Must be one of ";
    for (const auto option : options)
        message.append(option).append(", ");
    message.resize(message.size() - 2);
    items_.push_back(item(at(path), "invalid_enum_value", message, [&](base::JsonWriter& out) {
        out.member("received", received).key("options").begin_array();
        for (const auto option : options)
            out.value(option);
        out.end_array();
    }));
}

void Faults::too_small(std::string_view path, std::int64_t minimum, std::string_view type) {
    items_.push_back(range_item(at(path), true, minimum, type));
}

void Faults::too_big(std::string_view path, std::int64_t maximum, std::string_view type) {
    items_.push_back(range_item(at(path), false, maximum, type));
}

void Faults::invalid_string(std::string_view path, std::string_view validation) {
    items_.push_back(item(at(path), "invalid_string", "Not a valid " + std::string(validation),
                          [&](base::JsonWriter& out) { out.member("validation", validation); }));
}

void Faults::invalid_date(std::string_view path) {
    items_.push_back(item(at(path), "invalid_date", "Not a valid date", [](base::JsonWriter&) {}));
}

void Faults::custom(std::string_view path, std::string_view message) {
    items_.push_back(item(at(path), "custom", message, [](base::JsonWriter&) {}));
}

Response Faults::to_response(const Call& call, base::Errc code) const {
    base::Error error{code, {}};
    error.extras = "\"details\":[";
    for (std::size_t i = 0; i < items_.size(); ++i) {
        if (i > 0) error.extras += ',';
        error.extras += items_[i];
    }
    error.extras += ']';
    return problem(call, error);
}

}  // namespace http

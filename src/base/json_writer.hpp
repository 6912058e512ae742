// Writes JSON (RFC 8259) straight into a string: no tree, one pass. Commas are put by the writer; keys and
// nesting are the caller's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"

namespace base {

class JsonWriter {
public:
    explicit JsonWriter(std::string& out) : out_(out) {}

    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }
    /// `name` is written as it is: it must not need escaping.
    JsonWriter& key(std::string_view name);
    /// A key that may need escaping.
    JsonWriter& escaped_key(std::string_view name);

    JsonWriter& null();
    JsonWriter& value(std::string_view text);
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
    JsonWriter& value(bool flag);
    JsonWriter& value(std::int64_t number);
    JsonWriter& value(int number) { return value(static_cast<std::int64_t>(number)); }
    JsonWriter& value(std::uint64_t number);
    /// Shortest form that reads back as the same number; NaN and infinities become null.
    JsonWriter& value(double number);
    JsonWriter& value(Time time);
    JsonWriter& value(const Uuid& uuid);
    template <class Tag>
    JsonWriter& value(const Id<Tag>& id) {
        return value(id.uuid);
    }
    template <class T>
    JsonWriter& value(const std::optional<T>& maybe) {
        return maybe ? value(*maybe) : null();
    }
    JsonWriter& value(const std::vector<std::string>& texts);
    /// JSON made elsewhere, trusted to be one valid value.
    JsonWriter& raw(std::string_view json);

    template <class T>
    JsonWriter& member(std::string_view name, const T& content) {
        return key(name).value(content);
    }

private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void separate();

    std::string& out_;
    bool needs_comma_ = false;
};

/// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD, so that the
/// output is always valid.
void append_json_string(std::string& out, std::string_view text);

}  // namespace base

// Where a SAX parser is in a JSON document, as text: `.bookmarks[].id` is the `id` of an element of
// `bookmarks`.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace transfer {

class JsonPath {
public:
    void key(std::string_view name) { key_ = name.substr(0, kKeyBytesMax); }
    /// Enters an array or object that is the next value.
    void enter(bool array) {
        std::string inner = of_next();
        outer_.push_back({.length = path_.size(), .array = array_});
        path_ = std::move(inner);
        array_ = array;
        key_.clear();
    }
    void leave() {
        path_.resize(outer_.back().length);
        array_ = outer_.back().array;
        outer_.pop_back();
        key_.clear();
    }
    [[nodiscard]] std::size_t depth() const { return outer_.size(); }
    /// The path of the container that we are in; empty for the root.
    [[nodiscard]] const std::string& text() const { return path_; }
    /// The path of the value that comes next.
    [[nodiscard]] std::string of_next() const {
        if (outer_.empty()) return path_;
        return array_ ? path_ + "[]" : path_ + '.' + key_;
    }

private:
    /// No key that matters is longer; a file cannot make paths grow.
    static constexpr std::size_t kKeyBytesMax = 64;
    struct Outer {
        std::size_t length;
        bool array;
    };
    std::string path_;
    std::string key_;
    std::vector<Outer> outer_;
    bool array_ = false;
};

}  // namespace transfer

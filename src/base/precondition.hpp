// Which versions of a row a writer may replace: the meaning of If-Match (RFC 9110 section 13.1.1).
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace base {

/// By default every version will do.
class Precondition {
public:
    Precondition() = default;
    Precondition(std::int64_t version) : any_(false), versions_{version} {}
    explicit Precondition(std::vector<std::int64_t> versions) : any_(false), versions_(std::move(versions)) {}

    [[nodiscard]] bool holds(std::int64_t version) const {
        return any_ || std::ranges::find(versions_, version) != versions_.end();
    }
    /// Says nothing: no version is asked for.
    [[nodiscard]] bool is_empty() const { return any_; }

private:
    bool any_ = true;
    std::vector<std::int64_t> versions_;
};

}  // namespace base

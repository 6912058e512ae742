// Body: immutable bytes shared by reference count, such as a finished answer.
#pragma once

#include <memory>
#include <string>

namespace base {

using Body = std::shared_ptr<const std::string>;

[[nodiscard]] inline Body make_body(std::string bytes) {
    return std::make_shared<const std::string>(std::move(bytes));
}

}  // namespace base

// For tests: a request and its call without a connection.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/request.hpp"
#include "http/response.hpp"

namespace http::test {

struct Asked {
    std::vector<Header> headers;
    Request request;
    Call call{request};

    Asked(Method method, std::string_view path, std::vector<Header> with) : headers(std::move(with)) {
        request.method = method;
        request.target = request.raw_path = path;
        request.headers = headers;
        call.path = path;
        call.request_id = "r";
    }
    Asked(const Asked&) = delete;
    Asked& operator=(const Asked&) = delete;
};

inline std::string header(const Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
        if (key == name) return value;
    }
    return {};
}

}  // namespace http::test

// The head of a request as nearly all clients send it, read in one pass. What is not exactly of this form is
// not refused but left to the full parser, which decides what is wrong.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "http/request.hpp"

namespace http {

struct SimpleHead {
    Method method = Method::get;
    std::string_view method_text;
    std::string_view target;
};

/// A character of a method or a field name (RFC 9110 section 5.6.2 "token").
[[nodiscard]] bool is_token_char(char c);

/// GET or HEAD in HTTP/1.1, a target of visible ASCII, fields of a token, a colon and visible ASCII (RFC 9112
/// sections 3 and 5), none of which says anything about a body or the connection but `keep-alive`. `bytes`
/// ends with the empty line. Fills `headers`; nothing, with `headers` in any state: another form.
[[nodiscard]] std::optional<SimpleHead> read_simple_head(std::string_view bytes, std::vector<Header>& headers,
                                                         std::size_t headers_max);

}  // namespace http

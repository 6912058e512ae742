// Entity tags made from versions instead of bytes (contract 1.6).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/precondition.hpp"
#include "http/principal.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace http {

/// Changes with the shape of answers: part of every tag that is made from a version.
inline constexpr std::string_view kBuildTag = "1";

/// `W/"<build>-<user tag>-<library version>"`: any write of the user changes it.
[[nodiscard]] std::string list_etag(const Principal& principal, std::int64_t library_version);
/// 200 with that tag and no body, which the writer makes a 304, when `call.library_version` is known and the
/// request has its tag already; else nothing.
[[nodiscard]] std::optional<Response> unchanged_list(const Call& call);
/// `"<row version>.<n>"`, strong; `n` covers embedded data.
[[nodiscard]] std::string row_etag(std::int64_t row_version, std::int64_t n);
/// The row versions that If-Match asks for; every version without the header and for `*`. A tag that is not
/// one of ours asks for a version that no row has, so that the answer becomes 412.
[[nodiscard]] base::Precondition read_if_match(const Request& request);

}  // namespace http

// AWS Signature Version 4 (docs.aws.amazon.com, "Signature Version 4 signing process"). Pure.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace storage {

struct AwsCredentials {
    std::string access_key_id;
    std::string secret_access_key;
    std::string region;
};

/// A request as it is signed. Names of headers are in lower case; `host` must be among them.
struct AwsRequest {
    std::string method;
    std::string path;                          ///< not encoded, begins with `/`
    std::map<std::string, std::string> query;  ///< not encoded
    std::map<std::string, std::string> headers;
    std::string payload_hash;  ///< hexadecimal SHA-256 of the body, or `UNSIGNED-PAYLOAD`
};

/// The path and query as they stand in the URL: each byte but the unreserved ones is escaped, in the path `/`
/// stays.
[[nodiscard]] std::string encoded_path(std::string_view path);
[[nodiscard]] std::string encoded_query(const std::map<std::string, std::string>& query);

/// Value of the header Authorization. `headers` must hold `x-amz-date` as of `at`.
[[nodiscard]] std::string authorization(const AwsRequest& request, const AwsCredentials& credentials,
                                        std::string_view service, base::Time at);
/// The query of a URL that anybody may use for that long, signature included.
[[nodiscard]] std::string presigned_query(AwsRequest request, const AwsCredentials& credentials,
                                          std::string_view service, base::Time at,
                                          std::chrono::seconds lifetime);
/// `20130524T000000Z`.
[[nodiscard]] std::string amz_date(base::Time at);

}  // namespace storage

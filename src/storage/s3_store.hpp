// Files in a bucket of Amazon S3 or of what speaks its protocol (docs.aws.amazon.com, "Amazon S3 API
// Reference").
#pragma once

#include <atomic>
#include <map>
#include <mutex>

#include "fetch/addresses.hpp"
#include "guard/circuit_breaker.hpp"
#include "storage/sigv4.hpp"
#include "storage/store.hpp"

namespace storage {

struct S3Options {
    std::string bucket;
    AwsCredentials credentials;
    /// `https://host[:port]`: the bucket is then the first name of the path. Empty: Amazon's, by region.
    std::string endpoint;
    std::size_t part_bytes = std::size_t{8} * 1024 * 1024;  ///< of uploads that do not fit into one
    fetch::Addresses addresses = {};                        ///< that may be connected to
    guard::CircuitBreakerOptions breaker;
    std::chrono::milliseconds first_pause{
        200};  ///< before a request is repeated; then twice as long each time
};

class S3Store final : public Store {
public:
    S3Store(S3Options options, const base::Clock& clock);

    [[nodiscard]] base::Result<std::unique_ptr<Upload>> create(const std::string& key) override;
    [[nodiscard]] base::Result<std::unique_ptr<Download>> open(const std::string& key) override;
    [[nodiscard]] base::Result<std::optional<Object>> find(const std::string& key) override;
    [[nodiscard]] base::Result<std::vector<Object>> list(const std::string& prefix) override;
    [[nodiscard]] base::Result<bool> remove(const std::string& key) override;
    [[nodiscard]] base::Result<std::optional<std::string>> presigned_url(
        const std::string& key, const std::string& filename, std::chrono::seconds lifetime) override;
    [[nodiscard]] std::string_view provider() const override { return "s3"; }

    struct Request {
        std::string method;
        std::string key;  ///< empty: of the bucket
        std::map<std::string, std::string> query = {};
        std::map<std::string, std::string> headers = {};  ///< names in lower case
        std::string_view body = {};
    };
    struct Answer {
        long status = 0;
        std::map<std::string, std::string> headers = {};  ///< names in lower case
        std::string body = {};
    };
    /// Repeats what failed for a moment. Any status below 500 but 429 is an answer. Error:
    /// service_unavailable.
    [[nodiscard]] base::Result<Answer> ask(const Request& request);
    [[nodiscard]] const S3Options& options() const { return options_; }

private:
    [[nodiscard]] std::string path_of(std::string_view key) const;
    /// Nothing: no answer.
    [[nodiscard]] std::optional<Answer> send(const Request& request) const;

    S3Options options_;
    const base::Clock& clock_;
    std::string origin_;  ///< scheme and host
    std::string host_;
    std::mutex mutex_;
    guard::CircuitBreaker breaker_;
};

}  // namespace storage

#include "storage/sigv4.hpp"

#include "base/encoding.hpp"

namespace storage {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string hash(std::string_view text) {
    return base::to_hex(base::sha256(text));
}

std::string signed_headers(const AwsRequest& request) {
    std::string names;
    for (const auto& [name, value] : request.headers) {
        if (!names.empty()) names += ';';
        names += name;
    }
    return names;
}

std::string canonical_request(const AwsRequest& request) {
    std::string text =
        request.method + "\n" + encoded_path(request.path) + "\n" + encoded_query(request.query) + "\n";
    for (const auto& [name, value] : request.headers)
        text += name + ":" + value + "\n";
    return text + "\n" + signed_headers(request) + "\n" + request.payload_hash;
}

std::string scope_of(const AwsCredentials& credentials, std::string_view service, base::Time at) {
    return amz_date(at).substr(0, 8) + "/" + credentials.region + "/" + std::string(service) +
           "/aws4_request";
}

std::string signature(const AwsRequest& request, const AwsCredentials& credentials, std::string_view service,
                      base::Time at) {
    const std::string text = std::string(kAlgorithm) + "\n" + amz_date(at) + "\n" +
                             scope_of(credentials, service, at) + "\n" + hash(canonical_request(request));
    const auto mac = [](std::string_view key, std::string_view message) {
        return std::string(base::as_chars(base::hmac_sha256(key, message)));
    };
    std::string key = mac("AWS4" + credentials.secret_access_key, amz_date(at).substr(0, 8));
    for (const std::string_view part :
         {std::string_view(credentials.region), service, std::string_view("aws4_request")})
        key = mac(key, part);
    return base::to_hex(base::hmac_sha256(key, text));
}

}  // namespace

std::string amz_date(base::Time at) {
    std::string text = base::to_iso(at);  // 2013-05-24T00:00:00.000Z
    std::erase(text, '-');
    std::erase(text, ':');
    return text.substr(0, text.find('.')) + "Z";
}

std::string encoded_path(std::string_view path) {
    std::string out;
    for (std::size_t start = 0;;) {
        const std::size_t end = std::min(path.find('/', start), path.size());
        out += base::percent_encode(path.substr(start, end - start));
        if (end == path.size()) return out;
        out += '/';
        start = end + 1;
    }
}

std::string encoded_query(const std::map<std::string, std::string>& query) {
    // Sorted by their encoded form, which for names of ours is the order of the map.
    std::string out;
    for (const auto& [name, value] : query) {
        if (!out.empty()) out += '&';
        out += base::percent_encode(name) + "=" + base::percent_encode(value);
    }
    return out;
}

std::string authorization(const AwsRequest& request, const AwsCredentials& credentials,
                          std::string_view service, base::Time at) {
    return std::string(kAlgorithm) + " Credential=" + credentials.access_key_id + "/" +
           scope_of(credentials, service, at) + ",SignedHeaders=" + signed_headers(request) +
           ",Signature=" + signature(request, credentials, service, at);
}

std::string presigned_query(AwsRequest request, const AwsCredentials& credentials, std::string_view service,
                            base::Time at, std::chrono::seconds lifetime) {
    request.query["X-Amz-Algorithm"] = kAlgorithm;
    request.query["X-Amz-Credential"] = credentials.access_key_id + "/" + scope_of(credentials, service, at);
    request.query["X-Amz-Date"] = amz_date(at);
    request.query["X-Amz-Expires"] = std::to_string(lifetime.count());
    request.query["X-Amz-SignedHeaders"] = signed_headers(request);
    request.payload_hash = "UNSIGNED-PAYLOAD";
    return encoded_query(request.query) + "&X-Amz-Signature=" + signature(request, credentials, service, at);
}

}  // namespace storage

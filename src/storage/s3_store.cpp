#include "storage/s3_store.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <pugixml.hpp>
#include <thread>
#include <utility>

#include "base/encoding.hpp"
#include "base/log.hpp"

namespace storage {
namespace {

namespace log = base::log;
using base::Errc;
using base::Result;

constexpr int kAttemptsMax = 4;
constexpr long kConnectTimeoutMs = 5'000;
constexpr long kSlowBytesPerSecond = 1'000;
constexpr long kSlowSeconds = 30;
constexpr std::size_t kAnswerBytesMax = std::size_t{64} * 1024 * 1024;
constexpr std::size_t kPartsMax = 10'000;

base::Error away() {
    return {Errc::service_unavailable, "The storage of files does not answer", std::chrono::seconds{60}, {}};
}

base::Error missing() {
    return {Errc::file_not_found, "The file does not exist", {}, {}};
}

/// An answer that should not have come: the reason is for the operator.
base::Error refused(std::string_view what, const S3Store::Answer& answer) {
    pugi::xml_document document;
    document.load_buffer(answer.body.data(), answer.body.size());
    log::error("S3 refused a request", {{"request", what},
                                        {"status", answer.status},
                                        {"code", document.child("Error").child_value("Code")}});
    return {Errc::internal_error, "The storage of files refused the request", {}, {}};
}

base::Error bad_key() {
    return {Errc::internal_error, "The name of the file is not valid", {}, {}};
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* target) {
    auto& body = *static_cast<std::string*>(target);
    if (body.size() + size * count > kAnswerBytesMax) return 0;
    body.append(bytes, size * count);
    return size * count;
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* target) {
    auto& headers = *static_cast<std::map<std::string, std::string>*>(target);
    const std::string_view line(bytes, size * count);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return size * count;
    std::string name(line.substr(0, colon));
    std::ranges::transform(name, name.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c; });
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t'))
        value.remove_prefix(1);
    while (!value.empty() && (value.back() == '\r' || value.back() == '\n' || value.back() == ' '))
        value.remove_suffix(1);
    headers[std::move(name)] = value;
    return size * count;
}

Object object_of(std::string key, const S3Store::Answer& answer) {
    Object object{.key = std::move(key)};
    const auto header = [&answer](const std::string& name) {
        const auto found = answer.headers.find(name);
        return found == answer.headers.end() ? std::string() : found->second;
    };
    object.size_bytes = std::strtoull(header("content-length").c_str(), nullptr, 10);
    object.etag = header("etag");
    if (const time_t at = curl_getdate(header("last-modified").c_str(), nullptr); at > 0)
        object.modified_at = base::Time(std::chrono::seconds(at));
    return object;
}

std::string attachment(const std::string& filename) {
    return "attachment; filename*=UTF-8''" + base::percent_encode(filename);
}

class S3Upload final : public Upload {
public:
    S3Upload(S3Store& store, std::string key) : store_(store), key_(std::move(key)) {}
    ~S3Upload() override {
        if (!upload_id_.empty())
            static_cast<void>(
                store_.ask({.method = "DELETE", .key = key_, .query = {{"uploadId", upload_id_}}}));
    }
    S3Upload(const S3Upload&) = delete;
    S3Upload& operator=(const S3Upload&) = delete;

    Result<void> write(std::string_view bytes) override {
        const std::size_t part = store_.options().part_bytes;
        while (!bytes.empty()) {
            const std::string_view some = bytes.substr(0, part - buffer_.size());
            buffer_ += some;
            bytes.remove_prefix(some.size());
            if (buffer_.size() < part) return {};
            if (auto sent = send_part(); !sent) return sent;
        }
        return {};
    }

    Result<Object> finish() override {
        if (auto stored = upload_id_.empty() ? put() : complete(); !stored)
            return std::unexpected(stored.error());
        auto object = store_.find(key_);
        if (!object) return std::unexpected(object.error());
        if (!*object) return std::unexpected(missing());
        return **std::move(object);
    }

private:
    Result<void> put() {
        const auto answer = store_.ask({.method = "PUT", .key = key_, .body = buffer_});
        if (!answer) return std::unexpected(answer.error());
        if (answer->status != 200) return std::unexpected(refused("PutObject", *answer));
        return {};
    }

    Result<void> begin() {
        const auto answer = store_.ask({.method = "POST", .key = key_, .query = {{"uploads", ""}}});
        if (!answer) return std::unexpected(answer.error());
        pugi::xml_document document;
        document.load_buffer(answer->body.data(), answer->body.size());
        upload_id_ = document.child("InitiateMultipartUploadResult").child_value("UploadId");
        if (answer->status != 200 || upload_id_.empty())
            return std::unexpected(refused("CreateMultipartUpload", *answer));
        return {};
    }

    Result<void> send_part() {
        if (upload_id_.empty())
            if (auto begun = begin(); !begun) return begun;
        if (etags_.size() >= kPartsMax) return base::fail(Errc::internal_error, "The file is too large");
        const auto answer = store_.ask(
            {.method = "PUT",
             .key = key_,
             .query = {{"partNumber", std::to_string(etags_.size() + 1)}, {"uploadId", upload_id_}},
             .body = buffer_});
        if (!answer) return std::unexpected(answer.error());
        const auto etag = answer->headers.find("etag");
        if (answer->status != 200 || etag == answer->headers.end())
            return std::unexpected(refused("UploadPart", *answer));
        etags_.push_back(etag->second);
        buffer_.clear();
        return {};
    }

    Result<void> complete() {
        if (!buffer_.empty())
            if (auto sent = send_part(); !sent) return sent;
        std::string body = "<CompleteMultipartUpload>";
        for (std::size_t i = 0; i < etags_.size(); ++i)
            body += "<Part><PartNumber>" + std::to_string(i + 1) + "</PartNumber><ETag>" + etags_[i] +
                    "</ETag></Part>";
        body += "</CompleteMultipartUpload>";
        const auto answer =
            store_.ask({.method = "POST", .key = key_, .query = {{"uploadId", upload_id_}}, .body = body});
        if (!answer) return std::unexpected(answer.error());
        // It may fail after it began to say 200.
        pugi::xml_document document;
        document.load_buffer(answer->body.data(), answer->body.size());
        if (answer->status != 200 || !document.child("CompleteMultipartUploadResult"))
            return std::unexpected(refused("CompleteMultipartUpload", *answer));
        upload_id_.clear();
        return {};
    }

    S3Store& store_;
    std::string key_;
    std::string buffer_;
    std::string upload_id_;  ///< once there is more than one part
    std::vector<std::string> etags_;
};

class S3Download final : public Download {
public:
    S3Download(S3Store& store, Object object) : store_(store), object_(std::move(object)) {}
    [[nodiscard]] const Object& object() const override { return object_; }

    Result<std::string> read(std::uint64_t offset, std::size_t size_bytes) override {
        if (offset >= object_.size_bytes || size_bytes == 0) return std::string();
        const std::uint64_t last = std::min<std::uint64_t>(offset + size_bytes, object_.size_bytes) - 1;
        auto answer =
            store_.ask({.method = "GET",
                        .key = object_.key,
                        .headers = {{"range", "bytes=" + std::to_string(offset) + "-" + std::to_string(last)},
                                    {"if-match", object_.etag}}});
        if (!answer) return std::unexpected(answer.error());
        // 412: it was replaced in between.
        if (answer->status == 404 || answer->status == 412) return std::unexpected(missing());
        if (answer->status != 206 && answer->status != 200)
            return std::unexpected(refused("GetObject", *answer));
        if (answer->status == 200)
            answer->body =
                answer->body.substr(std::min<std::uint64_t>(offset, answer->body.size()), size_bytes);
        return std::move(answer->body);
    }

private:
    S3Store& store_;
    Object object_;
};

}  // namespace

S3Store::S3Store(S3Options options, const base::Clock& clock)
    : options_(std::move(options)), clock_(clock), breaker_(options_.breaker) {
    origin_ = options_.endpoint.empty()
                  ? "https://" + options_.bucket + ".s3." + options_.credentials.region + ".amazonaws.com"
                  : options_.endpoint;
    while (origin_.ends_with('/'))
        origin_.pop_back();
    host_ = origin_.substr(origin_.find("//") + 2);
    static const CURLcode kReady = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (kReady != CURLE_OK) throw std::bad_alloc();
}

std::string S3Store::path_of(std::string_view key) const {
    return (options_.endpoint.empty() ? "/" : "/" + options_.bucket + "/") + std::string(key);
}

std::optional<S3Store::Answer> S3Store::send(const Request& request) const {
    const base::Time now = clock_.now();
    AwsRequest signed_request{.method = request.method,
                              .path = path_of(request.key),
                              .query = request.query,
                              .headers = request.headers,
                              .payload_hash = base::to_hex(base::sha256(request.body))};
    signed_request.headers["host"] = host_;
    signed_request.headers["x-amz-date"] = amz_date(now);
    signed_request.headers["x-amz-content-sha256"] = signed_request.payload_hash;
    const std::string authorized = authorization(signed_request, options_.credentials, "s3", now);

    const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
    if (!curl) return {};
    std::string query = encoded_query(request.query);
    if (!query.empty()) query.insert(0, "?");
    const std::string url = origin_ + encoded_path(signed_request.path) + query;
    std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(nullptr, curl_slist_free_all);
    const auto add = [&headers](const std::string& line) {
        headers.reset(curl_slist_append(headers.release(), line.c_str()));
    };
    for (const auto& [name, value] : signed_request.headers)
        if (name != "host") add(name + ": " + value);
    add("Authorization: " + authorized);
    for (const char* unwanted : {"Expect:", "Content-Type:", "Accept:"})
        add(unwanted);
    Answer answer;
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl.get(), CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
    curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_LIMIT, kSlowBytesPerSecond);
    curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_TIME, kSlowSeconds);
    curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (request.method == "HEAD") curl_easy_setopt(curl.get(), CURLOPT_NOBODY, 1L);
    if (request.method == "PUT" || request.method == "POST") {
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request.body.size()));
    }
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.body);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &answer.headers);
    fetch::restrict(curl.get(), options_.addresses);
    const CURLcode code = curl_easy_perform(curl.get());
    if (code != CURLE_OK) {
        log::warn("S3 did not answer", {{"error", curl_easy_strerror(code)}});
        return {};
    }
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    return answer;
}

// Every request of ours may be repeated: parts have numbers, and a file that is written twice is the same.
Result<S3Store::Answer> S3Store::ask(const Request& request) {
    std::chrono::milliseconds pause = options_.first_pause;
    for (int attempt = 1;; ++attempt) {
        std::optional<guard::CircuitBreaker::Pass> pass;
        {
            const std::lock_guard lock(mutex_);
            pass = breaker_.try_pass(clock_.steady());
        }
        if (!pass) return std::unexpected(away());
        auto answer = send(request);
        const bool has_failed = !answer || answer->status >= 500 || answer->status == 429;
        {
            const std::lock_guard lock(mutex_);
            if (has_failed)
                breaker_.fail(*pass, clock_.steady());
            else
                breaker_.succeed(*pass);
        }
        if (!has_failed) return *std::move(answer);
        if (attempt == kAttemptsMax) return std::unexpected(away());
        std::this_thread::sleep_for(pause);
        pause *= 2;
    }
}

Result<std::unique_ptr<Upload>> S3Store::create(const std::string& key) {
    if (!is_key(key)) return std::unexpected(bad_key());
    return std::make_unique<S3Upload>(*this, key);
}

Result<std::optional<Object>> S3Store::find(const std::string& key) {
    if (!is_key(key)) return std::unexpected(bad_key());
    const auto answer = ask({.method = "HEAD", .key = key});
    if (!answer) return std::unexpected(answer.error());
    if (answer->status == 404) return std::nullopt;
    if (answer->status != 200) return std::unexpected(refused("HeadObject", *answer));
    return object_of(key, *answer);
}

Result<std::unique_ptr<Download>> S3Store::open(const std::string& key) {
    auto object = find(key);
    if (!object) return std::unexpected(object.error());
    if (!*object) return std::unexpected(missing());
    return std::make_unique<S3Download>(*this, **std::move(object));
}

Result<std::vector<Object>> S3Store::list(const std::string& prefix) {
    if (!prefix.ends_with('/') || !is_key(std::string_view(prefix).substr(0, prefix.size() - 1)))
        return std::unexpected(bad_key());
    std::vector<Object> objects;
    for (std::string token;;) {
        std::map<std::string, std::string> query{{"list-type", "2"}, {"prefix", prefix}};
        if (!token.empty()) query["continuation-token"] = token;
        const auto answer = ask({.method = "GET", .key = "", .query = std::move(query)});
        if (!answer) return std::unexpected(answer.error());
        pugi::xml_document document;
        document.load_buffer(answer->body.data(), answer->body.size());
        const pugi::xml_node result = document.child("ListBucketResult");
        if (answer->status != 200 || !result) return std::unexpected(refused("ListObjectsV2", *answer));
        for (const pugi::xml_node contents : result.children("Contents"))
            objects.push_back(
                {.key = contents.child_value("Key"),
                 .size_bytes = std::strtoull(contents.child_value("Size"), nullptr, 10),
                 .modified_at = base::parse_iso(contents.child_value("LastModified")).value_or(base::Time()),
                 .etag = contents.child_value("ETag")});
        token = result.child_value("NextContinuationToken");
        if (token.empty()) break;
    }
    std::ranges::sort(objects, {}, &Object::key);
    return objects;
}

Result<bool> S3Store::remove(const std::string& key) {
    const auto object = find(key);
    if (!object) return std::unexpected(object.error());
    if (!*object) return false;
    const auto answer = ask({.method = "DELETE", .key = key});
    if (!answer) return std::unexpected(answer.error());
    if (answer->status != 204 && answer->status != 200 && answer->status != 404)
        return std::unexpected(refused("DeleteObject", *answer));
    return true;
}

Result<std::optional<std::string>> S3Store::presigned_url(const std::string& key, const std::string& filename,
                                                          std::chrono::seconds lifetime) {
    const auto object = find(key);
    if (!object) return std::unexpected(object.error());
    if (!*object) return std::unexpected(missing());
    AwsRequest request{.method = "GET",
                       .path = path_of(key),
                       .query = {{"response-content-disposition", attachment(filename)}},
                       .headers = {{"host", host_}},
                       .payload_hash = {}};
    const std::string query =
        presigned_query(std::move(request), options_.credentials, "s3", clock_.now(), lifetime);
    return origin_ + encoded_path(path_of(key)) + "?" + query;
}

}  // namespace storage

// From a Response to bytes: everything that is the same for all answers (contract 1.5 to 1.7 and 1.12). One
// per worker; does no I/O.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "http/compression.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace http {

struct WriterOptions {
    std::vector<Coding> codings{Coding::br, Coding::zstd, Coding::gzip};
    std::size_t compression_min_bytes = 1024;
    int gzip_level = 6;
    int api_max_age_seconds = 0;
};

/// An answer ready to be sent: `head`, then `tail` (static storage), then the body unless the request was
/// HEAD.
struct Answer {
    std::string head;
    std::string_view tail;
    base::Body body;
    std::shared_ptr<BodySource> source;
    std::optional<std::uint64_t> source_bytes;
    unsigned status = 0;
    bool keep_alive = true;
    bool chunked = false;
    Coding coding = Coding::identity;
    bool is_encodable = false;  ///< compression was considered

    [[nodiscard]] std::size_t size_bytes() const {
        return head.size() + tail.size() + (body ? body->size() : 0);
    }
    /// Keeps the memory of `head` for the next answer.
    void clear();
};

class Writer {
public:
    Writer(WriterOptions options, const base::Clock& clock);

    /// Fills `answer`. `keep_alive` is what the connection would like; the response may refuse it.
    void write(const Call& call, Response response, bool keep_alive, Answer& answer);

private:
    void append_date(std::string& out);
    void append_caching(std::string& out, Caching caching) const;
    /// Replaces the body by its coding where the client wants one.
    Coding encode(const Call& call, Response& response) const;
    Coding negotiate(const Call& call, Response& response) const;
    [[nodiscard]] bool is_encodable(const Response& response) const;
    static void append_framing(const Call& call, const Response& response, Coding coding, Answer& answer);
    void append_timing(const Call& call, const Response& response, std::string& out) const;

    WriterOptions options_;
    const base::Clock& clock_;
    std::string date_;
    std::chrono::sys_seconds date_second_{};
};

}  // namespace http

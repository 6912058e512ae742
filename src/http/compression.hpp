// Content codings: br, zstd and gzip for answers, bounded gzip decoding for request bodies.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/body.hpp"
#include "base/error.hpp"

namespace http {

/// In the order that decides between equal preferences (contract 1.7).
enum class Coding : unsigned char { br, zstd, gzip, identity };
[[nodiscard]] std::string_view to_string(Coding coding);
[[nodiscard]] std::optional<Coding> parse_coding(std::string_view name);
/// What an answer may be coded with, in the order that decides ties; other names are left out.
[[nodiscard]] std::vector<Coding> parse_codings(const std::vector<std::string>& names);

/// JSON, HTML, CSS, JavaScript, SVG: what compresses well. Parameters of the type are ignored.
[[nodiscard]] bool is_compressible(std::string_view content_type);
/// What a client with this Accept-Encoding gets of the offered codings, by q-value, ties in the order of
/// `offered` (RFC 9110 section 12.5.3).
[[nodiscard]] Coding choose_coding(std::optional<std::string_view> accept_encoding,
                                   std::span<const Coding> offered);
/// br quality 4, zstd level 3, gzip as given; nothing when the library fails.
[[nodiscard]] std::optional<std::string> compress(std::string_view bytes, Coding coding, int gzip_level = 6);

/// The codings of one body, made on demand and kept beside it, as in a cache. Thread-safe and without locks:
/// each coding is set once and then stays.
class Variants {
public:
    /// Keeps at most `room_bytes` of codings, so that a cache can count them before they are made.
    explicit Variants(std::size_t room_bytes = SIZE_MAX) : room_bytes_(room_bytes) {}
    ~Variants();
    Variants(const Variants&) = delete;
    Variants& operator=(const Variants&) = delete;

    /// Null when there is none yet. The body keeps `variants` alive.
    [[nodiscard]] static base::Body get(const std::shared_ptr<Variants>& variants, Coding coding);
    /// Keeps a coding and gives what to send: the first one that was kept, or, without room, this one.
    static base::Body keep(const std::shared_ptr<Variants>& variants, Coding coding, std::string body);
    /// Bytes held.
    [[nodiscard]] std::size_t size_bytes() const;

private:
    [[nodiscard]] bool take_room(std::size_t bytes);

    std::atomic<std::size_t> room_bytes_;
    std::array<std::atomic<const std::string*>, 3> bodies_{};
};

/// Decodes gzip (RFC 1952; several members in a row are one text) piece by piece.
class GzipDecoder {
public:
    GzipDecoder();
    ~GzipDecoder();
    GzipDecoder(const GzipDecoder&) = delete;
    GzipDecoder& operator=(const GzipDecoder&) = delete;

    /// Appends what `bytes` decodes to. Errors: malformed_request; request_too_large as soon as all that was
    /// decoded is more than `limit` bytes.
    [[nodiscard]] base::Result<void> decode(std::string_view bytes, std::string& out, std::size_t limit);
    /// Error malformed_request when the text is cut.
    [[nodiscard]] base::Result<void> finish() const;

private:
    struct Stream;
    std::unique_ptr<Stream> stream_;
    std::size_t decoded_bytes_ = 0;
    bool at_end_ = false;  ///< between members
};

}  // namespace http

#include "http/compression.hpp"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <stdexcept>

#include "http/parser.hpp"

namespace http {
namespace {

constexpr int kBrotliQuality = 4;
constexpr int kZstdLevel = 3;
constexpr int kGzipWindow = 15 + 16;  // zlib: largest window, gzip wrapper
constexpr std::size_t kDecodeStep = 16 * 1024;

std::optional<std::string> brotli(std::string_view bytes) {
    std::size_t size = BrotliEncoderMaxCompressedSize(bytes.size());
    std::string out(size, '\0');
    // A window larger than the text only costs memory to clear.
    int window = BROTLI_MIN_WINDOW_BITS;
    while (window < BROTLI_DEFAULT_WINDOW && (std::size_t{1} << window) < bytes.size())
        ++window;
    const auto done = BrotliEncoderCompress(kBrotliQuality, window, BROTLI_MODE_TEXT, bytes.size(),
                                            reinterpret_cast<const std::uint8_t*>(bytes.data()), &size,
                                            reinterpret_cast<std::uint8_t*>(out.data()));
    if (done != BROTLI_TRUE) return std::nullopt;
    out.resize(size);
    return out;
}

std::optional<std::string> zstd(std::string_view bytes) {
    std::string out(ZSTD_compressBound(bytes.size()), '\0');
    const auto size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), kZstdLevel);
    if (ZSTD_isError(size) != 0) return std::nullopt;
    out.resize(size);
    return out;
}

std::optional<std::string> gzip(std::string_view bytes, int level) {
    z_stream stream{};
    if (deflateInit2(&stream, level, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return std::nullopt;
    std::string out(deflateBound(&stream, bytes.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (result != Z_STREAM_END) return std::nullopt;
    return out;
}

/// q in thousandths (RFC 9110 section 12.4.2); a malformed one counts as 0, so that nothing unwanted is sent.
int parse_q(std::string_view parameters) {
    for (std::string_view rest = parameters; !rest.empty();) {
        const auto end = rest.find(';');
        const auto parameter = trim(rest.substr(0, end));
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        if (parameter.size() < 2 || (parameter[0] | 0x20) != 'q' || parameter[1] != '=') continue;
        const auto number = trim(parameter.substr(2));
        if (number.empty() || number.size() > 5 || (number[0] != '0' && number[0] != '1')) return 0;
        if (number.size() > 1 && number[1] != '.') return 0;
        int q = (number[0] - '0') * 1000;
        int unit = 100;
        for (const char c : number.substr(std::min<std::size_t>(2, number.size()))) {
            if (c < '0' || c > '9') return 0;
            q += (c - '0') * unit;
            unit /= 10;
        }
        return std::min(q, 1000);
    }
    return 1000;
}

}  // namespace

std::string_view to_string(Coding coding) {
    switch (coding) {
        case Coding::br:
            return "br";
        case Coding::zstd:
            return "zstd";
        case Coding::gzip:
            return "gzip";
        case Coding::identity:
            break;
    }
    return "identity";
}

std::optional<Coding> parse_coding(std::string_view name) {
    for (const Coding coding : {Coding::br, Coding::zstd, Coding::gzip, Coding::identity}) {
        if (equal_ignoring_case(name, to_string(coding))) return coding;
    }
    if (equal_ignoring_case(name, "x-gzip")) return Coding::gzip;
    return std::nullopt;
}

std::vector<Coding> parse_codings(const std::vector<std::string>& names) {
    std::vector<Coding> out;
    for (const std::string& name : names) {
        if (const auto coding = parse_coding(name); coding && *coding != Coding::identity)
            out.push_back(*coding);
    }
    std::ranges::sort(out);
    return out;
}

bool is_compressible(std::string_view content_type) {
    const auto type = trim(content_type.substr(0, content_type.find(';')));
    if (type.ends_with("+json")) return true;
    constexpr std::string_view kTypes[] = {"application/json",       "text/html",       "text/css",
                                           "application/javascript", "text/javascript", "image/svg+xml"};
    return std::ranges::find(kTypes, type) != std::end(kTypes);
}

Coding choose_coding(std::optional<std::string_view> accept_encoding, std::span<const Coding> offered) {
    if (!accept_encoding || offered.empty()) return Coding::identity;
    std::array<int, 4> q;
    q.fill(-1);
    int star = -1;
    for (std::string_view rest = *accept_encoding; !rest.empty();) {
        const auto end = rest.find(',');
        const auto item = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        const auto semicolon = item.find(';');
        const auto name = trim(item.substr(0, semicolon));
        const int value = semicolon == std::string_view::npos ? 1000 : parse_q(item.substr(semicolon + 1));
        if (name == "*") {
            star = value;
        } else if (const auto coding = parse_coding(name)) {
            q[static_cast<std::size_t>(*coding)] = value;
        }
    }
    Coding best = Coding::identity;
    // Unless it is named, identity is what remains when nothing else is wanted.
    int best_q = std::max(q[static_cast<std::size_t>(Coding::identity)], 0);
    bool found = false;
    for (const Coding coding : offered) {
        const int named = q[static_cast<std::size_t>(coding)];
        const int value = named >= 0 ? named : star;
        if (value <= 0 || value < best_q || (found && value == best_q)) continue;
        best = coding;
        best_q = value;
        found = true;
    }
    return best;
}

std::optional<std::string> compress(std::string_view bytes, Coding coding, int gzip_level) {
    if (bytes.size() > 0x7fffffff) return std::nullopt;  // zlib counts in 32 bits
    switch (coding) {
        case Coding::br:
            return brotli(bytes);
        case Coding::zstd:
            return zstd(bytes);
        case Coding::gzip:
            return gzip(bytes, gzip_level);
        case Coding::identity:
            break;
    }
    return std::string(bytes);
}

Variants::~Variants() {
    for (const auto& body : bodies_)
        delete body.load(std::memory_order_relaxed);
}

base::Body Variants::get(const std::shared_ptr<Variants>& variants, Coding coding) {
    if (!variants || coding == Coding::identity) return nullptr;
    const auto* body = variants->bodies_[static_cast<std::size_t>(coding)].load(std::memory_order_acquire);
    return body == nullptr ? nullptr : base::Body(variants, body);
}

bool Variants::take_room(std::size_t bytes) {
    std::size_t left = room_bytes_.load(std::memory_order_relaxed);
    while (bytes <= left) {
        if (room_bytes_.compare_exchange_weak(left, left - bytes, std::memory_order_relaxed)) return true;
    }
    return false;
}

base::Body Variants::keep(const std::shared_ptr<Variants>& variants, Coding coding, std::string body) {
    if (auto kept = get(variants, coding)) return kept;
    const std::size_t bytes = body.size();
    if (!variants || coding == Coding::identity || !variants->take_room(bytes))
        return base::make_body(std::move(body));
    auto made = std::make_unique<const std::string>(std::move(body));
    const std::string* none = nullptr;
    auto& slot = variants->bodies_[static_cast<std::size_t>(coding)];
    if (slot.compare_exchange_strong(none, made.get(), std::memory_order_release, std::memory_order_relaxed))
        static_cast<void>(made.release());
    else
        variants->room_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    return get(variants, coding);
}

std::size_t Variants::size_bytes() const {
    std::size_t sum = 0;
    for (const auto& body : bodies_) {
        if (const auto* bytes = body.load(std::memory_order_acquire)) sum += bytes->size();
    }
    return sum;
}

struct GzipDecoder::Stream {
    z_stream z{};
};

GzipDecoder::GzipDecoder() : stream_(std::make_unique<Stream>()) {
    if (inflateInit2(&stream_->z, kGzipWindow) != Z_OK) throw std::bad_alloc();
}

GzipDecoder::~GzipDecoder() {
    inflateEnd(&stream_->z);
}

base::Result<void> GzipDecoder::decode(std::string_view bytes, std::string& out, std::size_t limit) {
    z_stream& z = stream_->z;
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    z.avail_in = static_cast<uInt>(bytes.size());
    while (true) {
        if (at_end_) {
            if (z.avail_in == 0) return {};
            if (inflateReset(&z) != Z_OK) return base::fail(base::Errc::internal_error);
            at_end_ = false;
        }
        const std::size_t before = out.size();
        out.resize(before + kDecodeStep);
        z.next_out = reinterpret_cast<Bytef*>(out.data() + before);
        z.avail_out = kDecodeStep;
        const int result = inflate(&z, Z_NO_FLUSH);
        const std::size_t made = kDecodeStep - z.avail_out;
        out.resize(before + made);
        decoded_bytes_ += made;
        if (decoded_bytes_ > limit)
            return base::fail(base::Errc::request_too_large, "The decoded body is too large.");
        at_end_ = result == Z_STREAM_END;
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
            return base::fail(base::Errc::malformed_request, "The gzip coding of the body is damaged.");
        }
        if (!at_end_ && z.avail_in == 0 && z.avail_out != 0) return {};
    }
}

base::Result<void> GzipDecoder::finish() const {
    if (at_end_) return {};
    return base::fail(base::Errc::malformed_request, "The gzip coding of the body is cut.");
}

}  // namespace http

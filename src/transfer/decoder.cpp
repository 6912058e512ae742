#include "transfer/decoder.hpp"

#include <zlib.h>

#include <array>
#include <optional>
#include <utility>

#include "base/utf8.hpp"

namespace transfer {
namespace {

using Status = std::expected<void, DecodeFault>;

std::unexpected<DecodeFault> fault(std::string code, std::string message) {
    return std::unexpected(DecodeFault{.code = std::move(code), .message = std::move(message)});
}

/// Text behind the compression: looks for a byte order mark, then passes UTF-8 through or converts UTF-16.
class Transcoder {
public:
    explicit Transcoder(Decoder::Out out) : out_(std::move(out)) {}

    void feed(std::string_view bytes) {
        if (encoding_) return convert(bytes);
        start_ += bytes;
        if (start_.size() >= 3) decide();
    }

    void finish() {
        if (!encoding_) decide();
        if (*encoding_ == Encoding::utf8) return;
        std::string text;
        if (high_ != 0 || odd_) base::append_utf8(text, base::kReplacement);
        if (!text.empty()) out_(text);
    }

private:
    enum class Encoding : std::uint8_t { utf8, utf16_little, utf16_big };

    void decide() {
        const std::string_view start = start_;
        std::size_t mark = 2;
        if (start.starts_with("\xFF\xFE")) {
            encoding_ = Encoding::utf16_little;
        } else if (start.starts_with("\xFE\xFF")) {
            encoding_ = Encoding::utf16_big;
        } else {
            encoding_ = Encoding::utf8;
            mark = start.starts_with("\xEF\xBB\xBF") ? 3 : 0;
        }
        const std::string rest = std::move(start_).substr(mark);
        start_.clear();
        convert(rest);
    }

    void convert(std::string_view bytes) {
        if (bytes.empty()) return;
        if (*encoding_ == Encoding::utf8) return out_(bytes);
        std::string text;
        for (const char c : bytes) {
            const auto byte = static_cast<unsigned char>(c);
            if (!odd_) {
                odd_ = byte;
                continue;
            }
            const bool little = *encoding_ == Encoding::utf16_little;
            take_unit(static_cast<char32_t>(little ? *odd_ | byte << 8 : *odd_ << 8 | byte), text);
            odd_.reset();
        }
        if (!text.empty()) out_(text);
    }

    void take_unit(char32_t unit, std::string& text) {
        const bool second_half = unit >= 0xDC00 && unit < 0xE000;
        if (high_ != 0) {
            const char32_t high = std::exchange(high_, 0);
            if (second_half) {
                base::append_utf8(text, 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00));
                return;
            }
            base::append_utf8(text, base::kReplacement);
        }
        if (unit >= 0xD800 && unit < 0xDC00) {
            high_ = unit;
        } else {
            base::append_utf8(text, second_half ? base::kReplacement : unit);
        }
    }

    Decoder::Out out_;
    std::string start_;
    std::optional<Encoding> encoding_;
    std::optional<unsigned char> odd_;  ///< the first byte of a unit whose second one has not come
    char32_t high_ = 0;                 ///< a first surrogate that waits for its second
};

/// Inflates gzip (RFC 1952), also several members in a row.
class Inflater {
public:
    explicit Inflater(std::uint64_t bytes_max) : left_(bytes_max) {
        // 16 asks zlib for the gzip wrapper.
        ready_ = inflateInit2(&stream_, 15 + 16) == Z_OK;
    }
    ~Inflater() { inflateEnd(&stream_); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    Status feed(std::string_view bytes, Transcoder& out) {
        if (!ready_) return fault("invalid_gzip", "The compressed file cannot be read for want of memory.");
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream_.avail_in = static_cast<uInt>(bytes.size());
        while (stream_.avail_in > 0 || pending_) {
            if (ended_) {
                if (*stream_.next_in == 0) {  // padding between or behind members, as tape programs write
                    ++stream_.next_in;
                    --stream_.avail_in;
                    continue;
                }
                inflateReset(&stream_);
                ended_ = false;
            }
            if (auto status = step(out); !status) return status;
        }
        return {};
    }

    [[nodiscard]] Status finish() const {
        if (ended_) return {};
        return fault("truncated", "The compressed file ends in the middle.");
    }

private:
    Status step(Transcoder& out) {
        stream_.next_out = buffer_.data();
        stream_.avail_out = static_cast<uInt>(buffer_.size());
        const int code = inflate(&stream_, Z_NO_FLUSH);
        const std::size_t made = buffer_.size() - stream_.avail_out;
        if (made > left_)
            return fault("too_big",
                         "The compressed file becomes too big when it is unpacked; the rest was not read.");
        left_ -= made;
        out.feed({reinterpret_cast<const char*>(buffer_.data()), made});
        ended_ = code == Z_STREAM_END;
        pending_ = !ended_ && stream_.avail_out == 0;
        if (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR) return {};
        return fault("invalid_gzip", "The compressed file is damaged; the rest was not read.");
    }

    z_stream stream_{};
    std::array<Bytef, 64 * 1024> buffer_{};
    std::uint64_t left_;
    bool ready_ = false;
    bool ended_ = false;
    bool pending_ = false;  ///< zlib may hold more output than fitted
};

constexpr std::string_view kGzipMagic = "\x1F\x8B";

}  // namespace

struct Decoder::State {
    std::uint64_t inflated_bytes_max;
    Transcoder transcoder;
    std::string start;
    bool decided = false;
    std::optional<Inflater> inflater;

    Status pass(std::string_view bytes) {
        if (inflater) return inflater->feed(bytes, transcoder);
        transcoder.feed(bytes);
        return {};
    }

    Status decide() {
        decided = true;
        if (start.starts_with(kGzipMagic)) inflater.emplace(inflated_bytes_max);
        return pass(std::exchange(start, {}));
    }
};

Decoder::Decoder(std::uint64_t inflated_bytes_max, Out out)
    : state_(new State{.inflated_bytes_max = inflated_bytes_max,
                       .transcoder = Transcoder(std::move(out)),
                       .start = {},
                       .inflater = {}}) {}

Decoder::~Decoder() = default;

Status Decoder::feed(std::string_view bytes) {
    if (state_->decided) return state_->pass(bytes);
    state_->start += bytes;
    if (state_->start.size() < kGzipMagic.size()) return {};
    return state_->decide();
}

Status Decoder::finish() {
    if (!state_->decided)
        if (auto status = state_->decide(); !status) return status;
    if (state_->inflater)
        if (auto status = state_->inflater->finish(); !status) {
            state_->transcoder.finish();
            return status;
        }
    state_->transcoder.finish();
    return {};
}

}  // namespace transfer

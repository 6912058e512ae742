// From the bytes of a file to UTF-8 text, in chunks: gzip is inflated, a byte order mark is removed, UTF-16
// becomes UTF-8. Invalid UTF-8 passes: it is replaced when a text is taken from a record.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace transfer {

struct DecodeFault {
    std::string code;  ///< `invalid_gzip`, `truncated` or `too_big`
    std::string message;
};

class Decoder {
public:
    using Out = std::function<void(std::string_view text)>;

    /// `inflated_bytes_max` bounds what a compressed file may become.
    Decoder(std::uint64_t inflated_bytes_max, Out out);
    ~Decoder();
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;

    [[nodiscard]] std::expected<void, DecodeFault> feed(std::string_view bytes);
    [[nodiscard]] std::expected<void, DecodeFault> finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace transfer

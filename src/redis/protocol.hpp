// RESP2, the protocol of Redis (https://redis.io/docs/latest/develop/reference/protocol-spec/). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace redis {

struct Reply {
    enum class Kind : std::uint8_t { status, error, integer, bulk, nil, array };
    Kind kind = Kind::nil;
    std::string text;          ///< of status, error and bulk
    std::int64_t integer = 0;  ///< of integer
    std::vector<Reply> items;  ///< of array

    [[nodiscard]] bool is_error() const { return kind == Kind::error; }
};

inline constexpr std::size_t kReplyBytesMax = std::size_t{64} << 20U;
inline constexpr int kReplyDepthMax = 8;

/// Appends a command: an array of bulk strings.
void append_command(std::string& out, std::span<const std::string_view> words);

struct Parsed {
    Reply reply;
    std::size_t used = 0;  ///< bytes of the input
};

/// Why input cannot be a reply.
struct ProtocolError {};

/// The first reply of `input`; nothing while it is not complete. An error is final: the connection is of no
/// more use.
[[nodiscard]] std::expected<std::optional<Parsed>, ProtocolError> parse_reply(std::string_view input);

}  // namespace redis

#include "redis/protocol.hpp"

#include <charconv>

namespace redis {
namespace {

enum class Step : std::uint8_t { done, need_more, failed };

constexpr std::size_t kLineBytesMax = 64UL * 1024;
constexpr std::int64_t kItemsMax = 1'000'000;

class Parser {
public:
    explicit Parser(std::string_view input) : input_(input) {}
    [[nodiscard]] std::size_t position() const { return position_; }

    // Recursion is bounded by kReplyDepthMax.
    Step parse(Reply& reply, int depth) {
        std::string_view line;
        if (const Step step = take_line(line); step != Step::done) return step;
        if (line.empty()) return Step::failed;
        const char type = line.front();
        line.remove_prefix(1);
        switch (type) {
            case '+':
            case '-':
                reply.kind = type == '+' ? Reply::Kind::status : Reply::Kind::error;
                reply.text = line;
                return Step::done;
            case ':':
                reply.kind = Reply::Kind::integer;
                return read_integer(line, reply.integer) ? Step::done : Step::failed;
            case '$':
                return take_bulk(line, reply);
            case '*':
                return take_items(line, reply, depth);
            default:
                return Step::failed;
        }
    }

private:
    static bool read_integer(std::string_view text, std::int64_t& number) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        return error == std::errc() && end == text.data() + text.size();
    }

    Step take_line(std::string_view& line) {
        const auto end = input_.find("\r\n", position_);
        if (end == std::string_view::npos)
            return input_.size() - position_ > kLineBytesMax ? Step::failed : Step::need_more;
        line = input_.substr(position_, end - position_);
        position_ = end + 2;
        return Step::done;
    }

    Step take_bulk(std::string_view line, Reply& reply) {
        std::int64_t size = 0;
        if (!read_integer(line, size) || size < -1 || size > static_cast<std::int64_t>(kReplyBytesMax))
            return Step::failed;
        if (size == -1) return Step::done;  // nil
        const auto wanted = static_cast<std::size_t>(size);
        if (input_.size() - position_ < wanted + 2) return Step::need_more;
        if (input_.substr(position_ + wanted, 2) != "\r\n") return Step::failed;
        reply.kind = Reply::Kind::bulk;
        reply.text = input_.substr(position_, wanted);
        position_ += wanted + 2;
        return Step::done;
    }

    Step take_items(std::string_view line, Reply& reply, int depth) {
        std::int64_t count = 0;
        if (!read_integer(line, count) || count < -1 || count > kItemsMax || depth >= kReplyDepthMax)
            return Step::failed;
        if (count == -1) return Step::done;  // nil
        reply.kind = Reply::Kind::array;
        for (std::int64_t i = 0; i < count; ++i) {
            reply.items.emplace_back();
            if (const Step step = parse(reply.items.back(), depth + 1); step != Step::done) return step;
        }
        return Step::done;
    }

    std::string_view input_;
    std::size_t position_ = 0;
};

}  // namespace

void append_command(std::string& out, std::span<const std::string_view> words) {
    out.append("*").append(std::to_string(words.size())).append("\r\n");
    for (const auto word : words)
        out.append("$").append(std::to_string(word.size())).append("\r\n").append(word).append("\r\n");
}

std::expected<std::optional<Parsed>, ProtocolError> parse_reply(std::string_view input) {
    if (input.empty()) return std::nullopt;
    Parser parser(input);
    Parsed parsed;
    switch (parser.parse(parsed.reply, 0)) {
        case Step::done:
            parsed.used = parser.position();
            return parsed;
        case Step::need_more:
            if (input.size() > kReplyBytesMax) return std::unexpected(ProtocolError{});
            return std::nullopt;
        case Step::failed:
            break;
    }
    return std::unexpected(ProtocolError{});
}

}  // namespace redis

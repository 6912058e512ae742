#include "http/multipart.hpp"

#include <algorithm>
#include <fstream>
#include <vector>

#include "base/utf8.hpp"
#include "http/parser.hpp"
#include "http/percent.hpp"

namespace http {
namespace {

using base::Errc;

constexpr std::size_t kBoundaryMax = 70;  // RFC 2046
constexpr std::size_t kPreambleMax = 16 * 1024;
constexpr std::size_t kReadStep = 64 * 1024;
constexpr std::size_t kNameMax = 1024;
constexpr std::size_t kFilenameMax = 255;

base::Result<bool> malformed(std::string_view text) {
    return base::fail(Errc::malformed_request, text);
}

/// A parameter of a header value, `; name=token` or `; name="text"`. Browsers write a quote inside as %22
/// (HTML standard) and older ones as \"; other backslashes stay, because old Windows browsers sent whole
/// paths.
std::optional<std::string> parameter(std::string_view value, std::string_view wanted) {
    auto at = value.find(';');
    while (at != std::string_view::npos) {
        value.remove_prefix(at + 1);
        const auto equals = value.find_first_of("=;");
        if (equals == std::string_view::npos) return std::nullopt;
        if (value[equals] == ';') {
            at = equals;
            continue;
        }
        const auto name = trim(value.substr(0, equals));
        value.remove_prefix(equals + 1);
        while (value.starts_with(' '))
            value.remove_prefix(1);
        std::string text;
        std::size_t end = 0;
        if (value.starts_with('"')) {
            for (end = 1; end < value.size() && value[end] != '"'; ++end) {
                if (value[end] == '\\' && end + 1 < value.size() && value[end + 1] == '"') ++end;
                text += value[end];
            }
            if (end >= value.size()) return std::nullopt;
        } else {
            end = std::min(value.find(';'), value.size());
            text = trim(value.substr(0, end));
        }
        if (equal_ignoring_case(name, wanted)) return text;
        at = value.find(';', end);
    }
    return std::nullopt;
}

/// What may be shown and stored: valid UTF-8 without control characters, cut at a code point.
std::string presentable(std::string_view text, std::size_t max_bytes) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = base::next_code_point(text, at);
        if (c < 0x20 || c == 0x7f) continue;
        const std::size_t before = out.size();
        base::append_utf8(out, c);
        if (out.size() > max_bytes) {
            out.resize(before);
            break;
        }
    }
    return out;
}

/// RFC 7578 section 4.2: a directory in a file name is not to be trusted.
std::string last_segment(std::string_view name) {
    const auto slash = name.find_last_of("/\\");
    if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
    if (name == "." || name == "..") return {};
    return presentable(name, kFilenameMax);
}

/// Browsers escape a quote and line ends in names (HTML standard, multipart/form-data encoding).
std::string unescape(std::string text) {
    for (const auto& [from, to] : {std::pair{"%22", "\""}, {"%0D", "\r"}, {"%0A", "\n"}}) {
        for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + 1))
            text.replace(at, 3, to);
    }
    return text;
}

base::Result<Part> parse_part(std::string_view lines) {
    Part part;
    part.content_type = "text/plain";
    bool named = false;
    while (!lines.empty()) {
        const auto end = lines.find("\r\n");
        const auto line = lines.substr(0, end);
        lines = end == std::string_view::npos ? std::string_view() : lines.substr(end + 2);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) {
            return base::fail(Errc::malformed_request, "A part of the form has a malformed header.");
        }
        const auto name = trim(line.substr(0, colon));
        const auto value = trim(line.substr(colon + 1));
        if (equal_ignoring_case(name, "content-type")) part.content_type = presentable(value, kFilenameMax);
        if (!equal_ignoring_case(name, "content-disposition")) continue;
        if (!equal_ignoring_case(trim(value.substr(0, value.find(';'))), "form-data")) continue;
        if (auto found = parameter(value, "name")) {
            part.name = presentable(unescape(std::move(*found)), kNameMax);
            named = true;
        }
        // `filename*` is forbidden here (RFC 7578 section 4.2), so that it is ignored.
        if (auto found = parameter(value, "filename"))
            part.filename = last_segment(unescape(std::move(*found)));
    }
    if (!named) return base::fail(Errc::malformed_request, "A part of the form has no name.");
    return part;
}

}  // namespace

std::optional<std::string> multipart_boundary(std::string_view content_type) {
    if (!equal_ignoring_case(trim(content_type.substr(0, content_type.find(';'))), "multipart/form-data")) {
        return std::nullopt;
    }
    auto boundary = parameter(content_type, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > kBoundaryMax || boundary->ends_with(' ')) {
        return std::nullopt;
    }
    const bool plain = std::ranges::all_of(*boundary, [](char c) { return c >= 0x20 && c < 0x7f; });
    return plain ? boundary : std::nullopt;
}

MultipartParser::MultipartParser(std::string_view boundary, MultipartLimits limits, OnContent on_content)
    : delimiter_("\r\n--" + std::string(boundary)),
      limits_(limits),
      on_content_(std::move(on_content)),
      // The first boundary has no line end before it; this one makes it like the others.
      buffer_("\r\n") {}

base::Result<void> MultipartParser::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto piece = bytes.substr(0, kReadStep);
        bytes.remove_prefix(piece.size());
        if (state_ == State::epilogue) continue;
        buffer_.erase(0, at_);
        at_ = 0;
        buffer_.append(piece);
        while (true) {
            auto moved = step();
            if (!moved) return std::unexpected(std::move(moved.error()));
            if (!*moved) break;
        }
    }
    return {};
}

base::Result<void> MultipartParser::finish() const {
    if (state_ == State::epilogue) return {};
    return base::fail(Errc::malformed_request, "The form is cut.");
}

void MultipartParser::consume(std::size_t count) {
    at_ += count;
    offset_ += count;
}

// One transition; false when more bytes are needed.
base::Result<bool> MultipartParser::step() {
    switch (state_) {
        case State::preamble:
            return preamble();
        case State::after_boundary:
            return after_boundary();
        case State::headers:
            return headers();
        case State::content:
            return content();
        case State::epilogue:
            break;
    }
    return false;
}

base::Result<bool> MultipartParser::preamble() {
    const auto found = buffer_.find(delimiter_, at_);
    if (found == std::string::npos) {
        const std::size_t left = buffer_.size() - at_;
        if (left > delimiter_.size()) consume(left - delimiter_.size());
        if (offset_ > kPreambleMax) return malformed("The form does not begin with its boundary.");
        return false;
    }
    consume(found - at_);
    if (offset_ > kPreambleMax) return malformed("The form does not begin with its boundary.");
    consume(delimiter_.size());
    state_ = State::after_boundary;
    return true;
}

base::Result<bool> MultipartParser::after_boundary() {
    const std::string_view rest = std::string_view(buffer_).substr(at_);
    const auto blanks = std::min(rest.find_first_not_of(" \t"), rest.size());
    if (blanks > kBoundaryMax) return malformed("A boundary of the form is malformed.");
    if (rest.size() < blanks + 2) return false;
    const auto mark = rest.substr(blanks, 2);
    if (blanks == 0 && mark == "--") {
        state_ = State::epilogue;
    } else if (mark == "\r\n") {
        state_ = State::headers;
    } else {
        return malformed("A boundary of the form is malformed.");
    }
    consume(blanks + 2);
    return true;
}

base::Result<bool> MultipartParser::headers() {
    const std::string_view rest = std::string_view(buffer_).substr(at_);
    const auto end = rest.find("\r\n\r\n");
    // Up to three bytes of the end may have come already: the answer must not depend on the cut.
    const std::size_t length =
        end == std::string_view::npos ? rest.size() - std::min<std::size_t>(rest.size(), 3) : end;
    if (length > limits_.part_header_bytes) {
        return malformed("The header of a part of the form is too long.");
    }
    if (end == std::string_view::npos) return false;
    auto part = parse_part(rest.substr(0, end));
    if (!part) return std::unexpected(std::move(part.error()));
    part_ = std::move(*part);
    std::size_t& count = part_.filename ? files_ : fields_;
    if (++count > (part_.filename ? limits_.files : limits_.fields)) {
        return base::fail(Errc::request_too_large, "The form has too many parts.");
    }
    // The line end before a boundary belongs to it; that of an empty part is the one that ends its header.
    consume(end + 2);
    part_bytes_ = 0;
    first_ = true;
    state_ = State::content;
    consume(2);
    return true;
}

base::Result<bool> MultipartParser::content() {
    const std::string_view rest = std::string_view(buffer_).substr(at_);
    if (first_ && part_bytes_ == 0) {
        // An empty part may end with the line end of its header.
        const auto bare = std::string_view(delimiter_).substr(2);
        if (rest.size() < bare.size() && bare.starts_with(rest)) return false;
        if (rest.starts_with(bare)) {
            if (auto done = emit({}); !done) return std::unexpected(std::move(done.error()));
            consume(bare.size());
            state_ = State::after_boundary;
            return true;
        }
    }
    const auto found = rest.find(delimiter_);
    if (found != std::string_view::npos) {
        if (auto done = emit(rest.substr(0, found)); !done) return std::unexpected(std::move(done.error()));
        consume(found + delimiter_.size());
        state_ = State::after_boundary;
        return true;
    }
    // What could be the beginning of a boundary stays.
    if (rest.size() < delimiter_.size()) return false;
    const std::size_t safe = rest.size() - delimiter_.size() + 1;
    if (auto done = emit(rest.substr(0, safe)); !done) return std::unexpected(std::move(done.error()));
    consume(safe);
    return false;
}

base::Result<void> MultipartParser::emit(std::string_view piece) {
    part_bytes_ += piece.size();
    if (part_bytes_ > (part_.filename ? limits_.file_bytes : limits_.field_bytes)) {
        return base::fail(Errc::request_too_large,
                          part_.filename ? "The file is too large." : "A field of the form is too large.");
    }
    // The line end that was put before the form is no part of it.
    const bool first = std::exchange(first_, false);
    return on_content_(part_, piece, offset_ - 2, first);
}

std::optional<std::string_view> Form::field(const std::string& name) const {
    const auto found = fields.find(name);
    if (found == fields.end()) return std::nullopt;
    return found->second;
}

base::Result<Form> read_form(const std::filesystem::path& file, std::string_view content_type,
                             MultipartLimits limits) {
    const auto boundary = multipart_boundary(content_type);
    if (!boundary) return base::fail(Errc::unsupported_media_type, "The body must be a multipart form.");
    std::ifstream in(file, std::ios::binary);
    if (!in) return base::fail(Errc::service_unavailable, "The upload cannot be read at the moment.");
    Form form;
    std::string* field = nullptr;
    MultipartParser parser(*boundary, limits,
                           [&](const Part& part, std::string_view piece, std::uint64_t offset,
                               bool first) -> base::Result<void> {
                               if (part.filename) {
                                   if (first) form.file = Form::File{part, offset, 0};
                                   form.file->size_bytes += piece.size();
                                   return {};
                               }
                               if (first) field = &form.fields.emplace(part.name, std::string())->second;
                               field->append(piece);
                               return {};
                           });
    std::vector<char> bytes(kReadStep);
    while (in) {
        in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        const auto count = static_cast<std::size_t>(in.gcount());
        if (count == 0) break;
        if (auto fed = parser.feed({bytes.data(), count}); !fed)
            return std::unexpected(std::move(fed.error()));
    }
    if (in.bad()) return base::fail(Errc::service_unavailable, "The upload cannot be read at the moment.");
    if (auto finished = parser.finish(); !finished) return std::unexpected(std::move(finished.error()));
    for (auto& [name, text] : form.fields)
        text = base::clean_text(text);
    return form;
}

}  // namespace http

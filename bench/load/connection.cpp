#include "load/connection.hpp"

#include <cctype>
#include <cerrno>
#include <cstdlib>

#include "sockets.hpp"

namespace load {
namespace {

/// The value of a field of the header, without regard to case.
std::string_view field(std::string_view header, std::string_view name) {
    std::size_t line = header.find("\r\n");
    while (line != std::string_view::npos && line + 2 + name.size() < header.size()) {
        const std::string_view text = header.substr(line + 2);
        bool same = text.size() > name.size() && text[name.size()] == ':';
        for (std::size_t i = 0; same && i < name.size(); ++i)
            same = std::tolower(static_cast<unsigned char>(text[i])) == name[i];
        if (same) {
            const std::string_view value = text.substr(name.size() + 1);
            const std::size_t begin = value.find_first_not_of(' ');
            return value.substr(begin, value.find("\r\n") - begin);
        }
        line = header.find("\r\n", line + 2);
    }
    return {};
}

}  // namespace

bool Connection::open() {
    close();
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = bench::loopback(port_);
    // On the loopback interface a connection is made at once or refused; only a full queue waits.
    if (socket_ < 0 || connect(socket_, bench::general(address), sizeof address) != 0) {
        close();
        return false;
    }
    bench::set_no_delay(socket_);
    return true;
}

void Connection::close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
    out_.clear();
    sent_ = 0;
    header_.clear();
    in_body_ = must_close_ = false;
}

Connection::Outcome Connection::send(std::string_view request) {
    out_ = request;
    sent_ = 0;
    header_.clear();
    in_body_ = must_close_ = false;
    return write();
}

Connection::Outcome Connection::write() {
    while (has_unsent()) {
        const ssize_t size =
            ::send(socket_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size < 0) return errno == EAGAIN ? Outcome::more : Outcome::broken;
        sent_ += static_cast<std::size_t>(size);
    }
    return Outcome::more;
}

Connection::Outcome Connection::read() {
    char buffer[64 * 1024];
    for (;;) {
        const ssize_t size = recv(socket_, buffer, sizeof buffer, MSG_DONTWAIT);
        if (size < 0 && errno == EAGAIN) return Outcome::more;
        if (size <= 0) return Outcome::broken;
        auto got = static_cast<std::size_t>(size);
        if (!in_body_) {
            header_.append(buffer, got);
            if (header_.find("\r\n\r\n") == std::string::npos) continue;
            got = header_.size();
            if (!read_header()) return Outcome::broken;
            got -= header_.size();
        }
        if (got > body_left_) return Outcome::broken;
        body_left_ -= got;
        if (body_left_ == 0) return Outcome::answered;
    }
}

/// Cuts the header at its end. False: not an answer that we understand.
bool Connection::read_header() {
    header_.resize(header_.find("\r\n\r\n") + 4);
    if (!header_.starts_with("HTTP/1.1 ") || header_.size() < 12) return false;
    status_ = static_cast<unsigned>(std::atoi(header_.c_str() + 9));
    const std::string length(field(header_, "content-length"));
    if (length.empty()) return false;
    body_left_ = std::stoul(length);
    must_close_ = field(header_, "connection") == "close";
    in_body_ = true;
    return true;
}

}  // namespace load

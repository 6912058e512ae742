#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cctype>
#include <filesystem>
#include <stdexcept>

#include "http/test_server.hpp"

namespace http::test {
namespace {

namespace asio = base::asio;

constexpr Route kSmall{Method::post, "/small", "small", Auth::none, base::Errc::internal_error,
                       nullptr,      1000};
constexpr Route kEcho{Method::post, "/echo", "echo", Auth::none, base::Errc::query_timeout, nullptr};
constexpr Route kUpload{Method::post, "/upload", "upload", Auth::none, base::Errc::internal_error,
                        nullptr,      SIZE_MAX,  true};

class Counting final : public BodySource {
public:
    base::Task<std::optional<std::string>> next() override {
        if (at_ == 3) co_return std::nullopt;
        co_return "piece " + std::to_string(++at_) + ";";
    }

private:
    int at_ = 0;
};

}  // namespace

std::optional<Response> TestApplication::try_answer(Call& call) {
    if (call.path == "/now") return json("{\"now\":true}", Caching::api_max_age);
    if (call.path == "/throw-now") throw std::runtime_error("bug");
    return std::nullopt;
}

base::Task<std::optional<Response>> TestApplication::admit(Call& call) {
    if (call.path == "/refused") co_return problem(call, {base::Errc::missing_auth_header, "Log in first."});
    if (call.path == "/small") call.route = &kSmall;
    if (call.path == "/echo" || call.path == "/throw") call.route = &kEcho;
    if (call.path == "/upload") call.route = &kUpload;
    co_return std::nullopt;
}

base::Task<Response> TestApplication::handle(Call& call) {
    ++handled;
    if (call.path == "/throw") throw std::runtime_error("bug");
    if (call.path == "/text") co_return json(std::string(4000, 'a'), Caching::private_no_cache);
    if (call.path == "/strong") {
        Response answer = json(std::string(4000, 'b'), Caching::private_no_cache);
        answer.etag = "\"7.1\"";
        co_return answer;
    }
    if (call.path == "/inject") {
        Response answer = json("{}");
        answer.headers.emplace_back("X-Text", "a\r\nX-Evil: 1");
        answer.server_timing = "db;dur=1";
        co_return answer;
    }
    if (call.path == "/large") {
        Response answer;
        answer.content_type = "application/octet-stream";
        answer.body = large;
        co_return answer;
    }
    if (call.path == "/stream" || call.path == "/stream-known") {
        Response answer;
        answer.content_type = "application/octet-stream";
        answer.source = std::make_shared<Counting>();
        if (call.path == "/stream-known") answer.source_bytes = 24;
        co_return answer;
    }
    if (call.path == "/hold") {
        {
            const std::lock_guard lock(mutex_);
            held_ = true;
        }
        changed_.notify_all();
        asio::steady_timer timer(co_await asio::this_coro::executor);
        while (!released_) {
            timer.expires_after(std::chrono::milliseconds(1));
            co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        co_return json("{\"held\":true}");
    }
    if (call.path == "/upload") {
        spooled_path = call.spooled_body.string();
        spooled_size = std::filesystem::file_size(call.spooled_body);
        co_return json("{}");
    }
    co_return json(std::string(to_string(call.request.method)) + " " + call.path + " " +
                   std::string(call.request.body));
}

void TestApplication::finished(const Call& call, const Sent& sent) {
    {
        const std::lock_guard lock(mutex_);
        finished_.push_back({call.path, sent.status, sent.bytes});
    }
    changed_.notify_all();
}

std::vector<Finished> TestApplication::wait_finished(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(5), [&] { return finished_.size() >= count; });
    return finished_;
}

void TestApplication::wait_held() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(5), [&] { return held_; });
}

void TestApplication::release() {
    released_ = true;
}

std::string Reply::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
}

Client::Client(std::uint16_t port, int receive_buffer) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) {
        ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    const timeval limit{5, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error("cannot connect");
    }
}

Client::~Client() {
    ::close(descriptor_);
}

void Client::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void Client::half_close() {
    ::shutdown(descriptor_, SHUT_WR);
}

bool Client::fill() {
    char bytes[16384];
    const auto count = ::recv(descriptor_, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(count));
    return true;
}

bool Client::closed() {
    return buffer_.empty() && !fill();
}

std::string Client::read_all() {
    while (fill()) {
    }
    return std::exchange(buffer_, {});
}

Reply Client::read(bool head) {
    Reply reply;
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
        if (!fill()) return reply;
    }
    std::string_view lines = std::string_view(buffer_).substr(0, end);
    const unsigned status = static_cast<unsigned>(std::stoul(std::string(lines.substr(9, 3))));
    for (auto at = lines.find("\r\n"); at != std::string_view::npos; at = lines.find("\r\n")) {
        lines.remove_prefix(at + 2);
        const auto line = lines.substr(0, lines.find("\r\n"));
        const auto colon = line.find(": ");
        std::string name(line.substr(0, colon));
        for (char& c : name)
            c = static_cast<char>(std::tolower(c));
        reply.headers.emplace(std::move(name), line.substr(colon + 2));
    }
    buffer_.erase(0, end + 4);
    if (reply.header("transfer-encoding") == "chunked") {
        while (true) {
            std::size_t eol = 0;
            while ((eol = buffer_.find("\r\n")) == std::string::npos) {
                if (!fill()) return reply;
            }
            const std::size_t size = std::stoul(buffer_.substr(0, eol), nullptr, 16);
            while (buffer_.size() < eol + 2 + size + 2) {
                if (!fill()) return reply;
            }
            reply.body.append(buffer_, eol + 2, size);
            buffer_.erase(0, eol + 2 + size + 2);
            if (size == 0) break;
        }
    } else if (!head && status != 204 && status != 304 && status >= 200) {
        const std::size_t length = std::stoul("0" + reply.header("content-length"));
        while (buffer_.size() < length) {
            if (!fill()) return reply;
        }
        reply.body = buffer_.substr(0, length);
        buffer_.erase(0, length);
    }
    reply.status = status;
    return reply;
}

TestServer::TestServer(ServerOptions options, std::shared_ptr<Server::Peers> peers)
    : server_(io_, std::move(options), application, clock_) {
    if (peers) server_.share(std::move(peers));
    if (auto listening = server_.listen(); !listening) throw std::runtime_error(listening.error());
    thread_ = std::thread([this] { io_.run(); });
}

TestServer::~TestServer() {
    application.release();
    server_.stop();
    thread_.join();
}

void TestServer::wait_handled(std::size_t count) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (application.handled < count && std::chrono::steady_clock::now() < until)
        std::this_thread::yield();
}

void TestServer::wait_empty() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (server_.connections() > 0 && std::chrono::steady_clock::now() < until)
        std::this_thread::yield();
}

}  // namespace http::test

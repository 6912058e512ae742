// A host on 127.0.0.1 that answers what a test tells it to, byte by byte. One request per turn.
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace fetch {

class TestHost {
public:
    /// What to do with a request, given whole: bytes to send, and whether the connection stays.
    struct Reaction {
        std::string bytes;
        bool keep = false;
        bool hang = false;  ///< neither answers nor closes until the client or the test ends
    };
    using React = std::function<Reaction(const std::string& request, std::size_t number)>;

    explicit TestHost(React react)
        : react_(std::move(react)),
          acceptor_(io_, {boost::asio::ip::make_address("127.0.0.1"), 0}),
          thread_([this] { serve(); }) {}
    ~TestHost() {
        ending_ = true;
        boost::system::error_code ignored;
        // Wakes the accept.
        boost::asio::io_context io;
        boost::asio::ip::tcp::socket(io).connect(acceptor_.local_endpoint(), ignored);
        thread_.join();
        for (std::thread& connection : connections_)
            connection.join();
    }
    TestHost(const TestHost&) = delete;
    TestHost& operator=(const TestHost&) = delete;

    [[nodiscard]] std::string url(const std::string& path = "/") const {
        return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + path;
    }
    [[nodiscard]] std::vector<std::string> requests() const {
        const std::scoped_lock lock(mutex_);
        return requests_;
    }

    /// How many connections were made.
    [[nodiscard]] std::size_t connections() const { return accepted_; }

    static std::string answer(int status, const std::string& body, const std::string& headers = {}) {
        return "HTTP/1.1 " + std::to_string(status) +
               " Words\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body;
    }

private:
    void serve() {
        while (!ending_) {
            boost::asio::ip::tcp::socket socket(io_);
            boost::system::error_code error;
            acceptor_.accept(socket, error);
            if (error || ending_) return;
            ++accepted_;
            connections_.emplace_back([this, held = std::move(socket)]() mutable { talk(held); });
        }
    }

    void talk(boost::asio::ip::tcp::socket& socket) {
        while (!ending_) {
            const auto request = read(socket);
            if (!request) return;
            std::size_t number = 0;
            {
                const std::scoped_lock lock(mutex_);
                number = requests_.size();
                requests_.push_back(*request);
            }
            const Reaction reaction = react_(*request, number);
            boost::system::error_code error;
            boost::asio::write(socket, boost::asio::buffer(reaction.bytes), error);
            if (reaction.hang) {
                char byte = 0;
                // Ends when the client closes.
                boost::asio::read(socket, boost::asio::buffer(&byte, 1), error);
                return;
            }
            if (error || !reaction.keep) return;
        }
    }

    static std::optional<std::string> read(boost::asio::ip::tcp::socket& socket) {
        std::string text;
        boost::system::error_code error;
        const std::size_t head =
            boost::asio::read_until(socket, boost::asio::dynamic_buffer(text), "\r\n\r\n", error);
        if (error) return {};
        constexpr std::string_view kLength = "Content-Length: ";
        std::size_t length = 0;
        if (const auto at = text.find(kLength); at != std::string::npos && at < head)
            std::from_chars(text.data() + at + kLength.size(), text.data() + head, length);
        if (text.size() < head + length)
            boost::asio::read(socket, boost::asio::dynamic_buffer(text),
                              boost::asio::transfer_exactly(head + length - text.size()), error);
        if (error) return {};
        return text;
    }

    React react_;
    boost::asio::io_context io_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::atomic<bool> ending_{false};
    std::atomic<std::size_t> accepted_{0};
    mutable std::mutex mutex_;
    std::vector<std::string> requests_;
    std::vector<std::thread> connections_;
    std::thread thread_;
};

}  // namespace fetch

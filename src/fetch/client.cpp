#include "fetch/client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <unordered_map>

#include "base/encoding.hpp"
#include "base/log.hpp"
#include "base/random.hpp"

namespace fetch {
namespace {

namespace asio = base::asio;
using asio::posix::stream_descriptor;

constexpr std::size_t kHeaderBytesMax = 64UL * 1024;

struct SlistFree {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Slist = std::unique_ptr<curl_slist, SlistFree>;

struct EasyFree {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    return out;
}

std::string_view trim(std::string_view text) {
    const auto start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1);
}

template <std::size_t Bytes>
std::string random_hex() {
    std::array<std::uint8_t, Bytes> bytes{};
    base::random_bytes(bytes);
    return base::to_hex(bytes);
}

Failure::Kind kind_of(CURLcode code) {
    switch (code) {
        case CURLE_OPERATION_TIMEDOUT:
            return Failure::Kind::timed_out;
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_CONNECT:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
            return Failure::Kind::unreachable;
        default:
            return Failure::Kind::broken;
    }
}

bool is_idempotent(std::string_view method) {
    return method == "GET" || method == "HEAD";
}

/// One request on its way, with all that libcurl reads and writes meanwhile.
struct Transfer {
    Request request;
    Slist header_lines;
    std::unique_ptr<CURL, EasyFree> handle;
    Answer answer;
    std::size_t header_bytes = 0;
    bool too_large = false;
    bool done = false;
    Failure::Kind failure = Failure::Kind::stopped;  ///< unless it succeeded
    bool succeeded = false;
    std::move_only_function<void()> resume = {};
};
using TransferPointer = std::shared_ptr<Transfer>;

void append_header(Slist& list, const std::string& line) {
    curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list.release());
    list.reset(longer);
}

std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    const std::size_t length = size * count;
    if (transfer.answer.body.size() + length > transfer.request.answer_bytes_max) {
        transfer.too_large = true;
        return 0;
    }
    transfer.answer.body.append(bytes, length);
    return length;
}

std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    const std::size_t length = size * count;
    const std::string_view line = trim({bytes, length});
    transfer.header_bytes += length;
    if (transfer.header_bytes > kHeaderBytesMax) {
        transfer.too_large = true;
        return 0;
    }
    if (line.starts_with("HTTP/")) {  // the head of an interim answer is over
        transfer.answer.headers.clear();
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
        transfer.answer.headers.emplace_back(lower(line.substr(0, colon)), trim(line.substr(colon + 1)));
    }
    return length;
}

void set_body(CURL* curl, const Request& request) {
    if (request.method == "GET") return;
    if (request.method == "HEAD") {
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
        return;
    }
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
    // libcurl sends a request again on its own when a connection that was used before turns out to be dead;
    // a token that may be used once would then be used twice.
    if (!is_idempotent(request.method)) curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
}

void set_headers(CURL* curl, Transfer& transfer) {
    const Request& request = transfer.request;
    for (const auto& [name, value] : request.headers)
        append_header(transfer.header_lines, name + ": " + value);
    const std::string trace = request.trace_id.size() == 32 ? request.trace_id : random_hex<16>();
    append_header(transfer.header_lines, "traceparent: 00-" + trace + "-" + random_hex<8>() + "-01");
    append_header(transfer.header_lines, "Expect:");  // a second of waiting for nothing
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, transfer.header_lines.get());
    if (!request.login) return;
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(curl, CURLOPT_USERNAME, request.login->name.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, request.login->password.c_str());
}

TransferPointer make_transfer(Request request, const ClientOptions& options) {
    auto transfer = std::make_shared<Transfer>();
    transfer->request = std::move(request);
    transfer->handle.reset(curl_easy_init());
    CURL* const curl = transfer->handle.get();
    if (curl == nullptr) throw std::bad_alloc();
    const auto timeout = transfer->request.timeout;
    curl_easy_setopt(curl, CURLOPT_URL, transfer->request.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!options.certificates.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options.certificates.c_str());
    if (!transfer->request.may_be_private) restrict(curl, options.addresses);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, options.user_agent.c_str());
    // Neither br (an open fault of its decoder) nor HTTP/2 (several of libcurl): docs/dependencies.md.
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(std::min(timeout, options.connect_timeout).count()));
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    // Otherwise giving up on a name waits for the thread that looks it up, and with it the whole worker.
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer.get());
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer.get());
    curl_easy_setopt(curl, CURLOPT_PRIVATE, transfer.get());
    set_body(curl, transfer->request);
    set_headers(curl, *transfer);
    return transfer;
}

void initialise() {
    static const CURLcode kOutcome = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (kOutcome != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised");
}

}  // namespace

// libcurl says which sockets and which moment it waits for; Asio waits and tells it. libcurl must not be
// called from within its callbacks.
class Client::Loop : public std::enable_shared_from_this<Loop> {
public:
    Loop(asio::io_context& io, ClientOptions options);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    [[nodiscard]] const ClientOptions& options() const { return options_; }
    base::Task<void> run(TransferPointer transfer);
    void stop();

private:
    struct Watch {
        explicit Watch(asio::io_context& io, curl_socket_t socket) : descriptor(io, socket) {}
        stream_descriptor descriptor;
        int wanted = CURL_POLL_NONE;
        bool reading = false;
        bool writing = false;
        bool removed = false;
    };
    using WatchPointer = std::shared_ptr<Watch>;
    using Ready = std::function<void(const boost::system::error_code&)>;

    static int on_socket(CURL*, curl_socket_t socket, int what, void* user, void*);
    static int on_timer(CURLM*, long timeout_ms, void* user);
    void wait(curl_socket_t socket, const WatchPointer& watch);
    Ready when_ready(curl_socket_t socket, WatchPointer watch, int event, bool Watch::* waits);
    void act(curl_socket_t socket, int events);
    void finish(const TransferPointer& transfer);

    asio::io_context& io_;
    ClientOptions options_;
    asio::steady_timer timer_;
    CURLM* multi_;
    std::unordered_map<curl_socket_t, WatchPointer> watches_;
    std::unordered_map<Transfer*, TransferPointer> transfers_;
    bool stopped_ = false;
};

Client::Loop::Loop(asio::io_context& io, ClientOptions options)
    : io_(io), options_(std::move(options)), timer_(io), multi_(curl_multi_init()) {
    if (multi_ == nullptr) throw std::bad_alloc();
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, options_.connections_max);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, options_.connections_max);
}

Client::Loop::~Loop() {
    stop();
    curl_multi_cleanup(multi_);
    // What libcurl closed only now.
    for (auto& [socket, watch] : watches_)
        watch->descriptor.release();
}

base::Task<void> Client::Loop::run(TransferPointer transfer) {
    if (stopped_) co_return;
    transfers_.emplace(transfer.get(), transfer);
    curl_multi_add_handle(multi_, transfer->handle.get());
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [&](auto handler) {
            auto slot = asio::get_associated_cancellation_slot(handler);
            transfer->resume = std::move(handler);
            if (!transfer->request.may_leave || !slot.is_connected()) return;
            slot.assign(
                [self = weak_from_this(), held = std::weak_ptr<Transfer>(transfer)](asio::cancellation_type) {
                    const auto loop = self.lock();
                    const auto left = held.lock();
                    if (loop && left) loop->finish(left);
                });
        },
        asio::use_awaitable);
}

void Client::Loop::stop() {
    stopped_ = true;
    timer_.cancel();
    while (!transfers_.empty())
        finish(transfers_.begin()->second);
}

int Client::Loop::on_socket(CURL*, curl_socket_t socket, int what, void* user, void*) {
    auto& self = *static_cast<Loop*>(user);
    const auto found = self.watches_.find(socket);
    if (what == CURL_POLL_REMOVE) {
        if (found == self.watches_.end()) return 0;
        found->second->removed = true;
        found->second->descriptor.release();
        self.watches_.erase(found);
        return 0;
    }
    const WatchPointer watch =
        found != self.watches_.end()
            ? found->second
            : self.watches_.emplace(socket, std::make_shared<Watch>(self.io_, socket)).first->second;
    watch->wanted = what;
    self.wait(socket, watch);
    return 0;
}

int Client::Loop::on_timer(CURLM*, long timeout_ms, void* user) {
    auto& self = *static_cast<Loop*>(user);
    if (timeout_ms < 0) {
        self.timer_.cancel();
        return 0;
    }
    self.timer_.expires_after(std::chrono::milliseconds(timeout_ms));
    self.timer_.async_wait([weak = self.weak_from_this()](const boost::system::error_code& error) {
        const auto loop = weak.lock();
        if (!error && loop) loop->act(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
}

void Client::Loop::wait(curl_socket_t socket, const WatchPointer& watch) {
    if ((watch->wanted & CURL_POLL_IN) != 0 && !watch->reading) {
        watch->reading = true;
        watch->descriptor.async_wait(stream_descriptor::wait_read,
                                     when_ready(socket, watch, CURL_CSELECT_IN, &Watch::reading));
    }
    if ((watch->wanted & CURL_POLL_OUT) != 0 && !watch->writing) {
        watch->writing = true;
        watch->descriptor.async_wait(stream_descriptor::wait_write,
                                     when_ready(socket, watch, CURL_CSELECT_OUT, &Watch::writing));
    }
}

Client::Loop::Ready Client::Loop::when_ready(curl_socket_t socket, WatchPointer watch, int event,
                                             bool Watch::* waits) {
    return [weak = weak_from_this(), socket, watch = std::move(watch), event,
            waits](const boost::system::error_code& error) {
        const auto loop = weak.lock();
        watch.get()->*waits = false;
        const int direction = event == CURL_CSELECT_IN ? CURL_POLL_IN : CURL_POLL_OUT;
        if (!loop || error || watch->removed || (watch->wanted & direction) == 0) return;
        loop->act(socket, event);
        if (!watch->removed) loop->wait(socket, watch);
    };
}

void Client::Loop::act(curl_socket_t socket, int events) {
    int running = 0;
    curl_multi_socket_action(multi_, socket, events, &running);
    int left = 0;
    while (const CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        void* user = nullptr;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &user);
        const auto found = transfers_.find(static_cast<Transfer*>(user));
        if (found == transfers_.end()) continue;
        const TransferPointer transfer = found->second;
        const CURLcode code = message->data.result;  // gone with the handle
        transfer->succeeded = code == CURLE_OK;
        transfer->failure = transfer->too_large ? Failure::Kind::too_large : kind_of(code);
        finish(transfer);
    }
}

// Takes it away from libcurl and lets its caller go on.
void Client::Loop::finish(const TransferPointer& transfer) {
    if (transfer->done) return;
    transfer->done = true;
    if (transfer->succeeded) {
        long status = 0;
        curl_easy_getinfo(transfer->handle.get(), CURLINFO_RESPONSE_CODE, &status);
        transfer->answer.status = static_cast<int>(status);
    }
    curl_multi_remove_handle(multi_, transfer->handle.get());
    // It may be the map that keeps it alive.
    const auto node = transfers_.extract(transfer.get());
    if (transfer->resume) asio::post(io_, std::move(transfer->resume));
}

Client::Client(asio::io_context& io, ClientOptions options, Breakers& breakers, const base::Clock& clock)
    : breakers_(breakers), clock_(clock) {
    initialise();
    loop_ = std::make_shared<Loop>(io, std::move(options));
}

Client::~Client() {
    stop();
}

void Client::stop() {
    loop_->stop();
}

base::Task<std::expected<Answer, Failure>> Client::send(Request request) {
    const auto loop = loop_;
    const std::string host = origin_of(request.url);
    const base::SteadyTime started = clock_.steady();
    const auto pass = breakers_.try_pass(host, started);
    if (!pass) {
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(breakers_.retry_after(host, started));
        co_return std::unexpected(Failure{Failure::Kind::refused, wait});
    }
    const TransferPointer transfer = make_transfer(std::move(request), loop->options());
    co_await loop->run(transfer);
    const base::SteadyTime now = clock_.steady();
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - started);
    if (transfer->succeeded) {
        base::log::debug("outgoing request", {{"host", host},
                                              {"method", transfer->request.method},
                                              {"status", transfer->answer.status},
                                              {"duration_ms", took}});
        if (transfer->answer.status >= 500) {
            breakers_.fail(host, *pass, now);
        } else {
            breakers_.succeed(host, *pass);
        }
        co_return std::move(transfer->answer);
    }
    base::log::debug("outgoing request failed", {{"host", host},
                                                 {"method", transfer->request.method},
                                                 {"why", to_string(transfer->failure)},
                                                 {"duration_ms", took}});
    if (transfer->failure == Failure::Kind::stopped || transfer->failure == Failure::Kind::too_large) {
        breakers_.abandon(host, *pass);
    } else {
        breakers_.fail(host, *pass, now);
    }
    co_return std::unexpected(Failure{transfer->failure, {}});
}

std::optional<std::string_view> Answer::header(std::string_view lower_case_name) const {
    for (const auto& [name, value] : headers)
        if (name == lower_case_name) return value;
    return {};
}

std::string_view to_string(Failure::Kind kind) {
    switch (kind) {
        case Failure::Kind::refused:
            return "refused";
        case Failure::Kind::unreachable:
            return "unreachable";
        case Failure::Kind::timed_out:
            return "timed out";
        case Failure::Kind::broken:
            return "broken";
        case Failure::Kind::too_large:
            return "too large";
        case Failure::Kind::stopped:
            return "stopped";
    }
    return "broken";
}

std::string origin_of(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return lower(url);
    const auto end = url.find_first_of("/?#", scheme + 3);
    return lower(url.substr(0, end));
}

}  // namespace fetch

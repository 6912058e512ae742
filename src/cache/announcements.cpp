#include "cache/announcements.hpp"

#include <array>
#include <boost/asio/post.hpp>
#include <cstring>
#include <vector>

#include "cache/library_sql.hpp"

namespace cache {
namespace {

constexpr std::size_t kMessageBytes = sizeof(base::Uuid) + sizeof(std::int64_t);

/// Forgets the user unless told that the write is known to have happened: also when the coroutine that waits
/// for the commit is destroyed.
class Doubt {
public:
    Doubt(Versions& versions, base::UserId user) : versions_(versions), user_(user) {}
    ~Doubt() {
        if (!settled_) versions_.forget(user_);
    }
    Doubt(const Doubt&) = delete;
    Doubt& operator=(const Doubt&) = delete;
    void settle() { settled_ = true; }

private:
    Versions& versions_;
    base::UserId user_;
    bool settled_ = false;
};

redis::ConnectionOptions subscription(redis::ConnectionOptions options, std::string channel,
                                      Versions& versions) {
    options.channel = std::move(channel);
    options.on_state = [&versions](bool listening) { versions.set_listening(listening); };
    options.on_message = [&versions](std::string_view message) {
        if (const auto heard = read_announcement(message)) versions.hear(heard->user, heard->version);
    };
    return options;
}

}  // namespace

std::string write_announcement(base::UserId user, std::int64_t version) {
    std::string out(kMessageBytes, '\0');
    std::memcpy(out.data(), user.uuid.bytes.data(), sizeof(base::Uuid));
    for (std::size_t i = 0; i < sizeof version; ++i)
        out[sizeof(base::Uuid) + i] = static_cast<char>(static_cast<std::uint64_t>(version) >> (56 - 8 * i));
    return out;
}

std::optional<Announcement> read_announcement(std::string_view message) {
    if (message.size() != kMessageBytes) return {};
    Announcement out;
    std::memcpy(out.user.uuid.bytes.data(), message.data(), sizeof(base::Uuid));
    std::uint64_t version = 0;
    for (const char c : message.substr(sizeof(base::Uuid)))
        version = version << 8U | static_cast<unsigned char>(c);
    out.version = static_cast<std::int64_t>(version);
    return out;
}

Listener::Listener(Versions& versions, redis::ConnectionOptions connection, std::string channel)
    : work_(boost::asio::make_work_guard(io_)),
      connection_(io_, subscription(std::move(connection), std::move(channel), versions)),
      thread_([this] {
          connection_.start();
          io_.run();
      }) {}

Listener::~Listener() {
    boost::asio::post(io_, [this] {
        connection_.stop();
        work_.reset();
        io_.stop();
    });
    thread_.join();
}

// The numbers are taken before the rows get them, because the triggers of the rows take the ones behind; how
// many those were is asked at the end.
base::Task<base::Result<Committed>> Announcer::commit(postgres::Transaction& transaction,
                                                      postgres::Commands commands, base::UserId user,
                                                      Numbers numbers) {
    using postgres::Params;
    Doubt doubt(versions_, user);
    const base::SteadyTime sent = clock_.steady();
    commands.insert(
        commands.begin(),
        postgres::Command{sql::kRaiseVersion, std::move(Params().uuid(user.uuid).int8(numbers.count)), {}});
    commands.push_back({sql::kSelectVersion, std::move(Params().uuid(user.uuid)), {}});
    auto results = co_await transaction.commit(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    doubt.settle();
    Committed done{.results = std::move(*results), .version = 0};
    done.version = done.results.back()[0].integer(0);
    done.results.pop_back();
    done.results.erase(done.results.begin());
    committed(user, done.version, sent);
    co_return done;
}

void Announcer::committed(base::UserId user, std::int64_t version, base::SteadyTime sent) {
    versions_.raise(user, version, sent);
    connection_.send({"PUBLISH", channel_, write_announcement(user, version)});
}

}  // namespace cache

#include "stores.hpp"

#include "base/log.hpp"
#include "embedded.hpp"
#include "secrets.hpp"

namespace app {

std::expected<std::unique_ptr<Stores>, std::string> Stores::open(const Config& config, Use use,
                                                                 const base::Clock& clock) {
    const bool is_private = config.database.empty() || config.redis_url.empty();
    // With stores of their own, several servers may share a directory: it holds secrets and uploads only.
    auto data_dir =
        base::DataDir::open({.path = config.data_dir, .may_be_in_use = use == Use::command || !is_private});
    if (!data_dir) return std::unexpected(data_dir.error());
    std::unique_ptr<Stores> stores(new Stores(std::move(*data_dir)));
    stores->database_ =
        config.database.empty() ? postgres::private_connection_string(stores->data_dir_) : config.database;
    stores->redis_url_ = config.redis_url.empty() ? redis::private_url(stores->data_dir_) : config.redis_url;
    if (stores->data_dir_.in_use_by()) return stores;
    std::vector<base::Supervised*> services;
    if (config.database.empty())
        services.push_back(
            &stores->postgres_.emplace(postgres::PrivateServerOptions{.data_dir = stores->data_dir_}));
    // No command needs the cache.
    if (config.redis_url.empty() && use == Use::server)
        services.push_back(
            &stores->redis_.emplace(redis::PrivateServerOptions{.data_dir = stores->data_dir_}));
    if (!services.empty()) stores->supervisor_.emplace(std::move(services), clock);
    return stores;
}

Stores::~Stores() {
    stop();
}

std::expected<void, std::string> Stores::start_services() {
    return supervisor_ ? supervisor_->start() : std::expected<void, std::string>();
}

std::expected<void, std::string> Stores::start() {
    if (auto started = start_services(); !started) return started;
    const auto applied =
        postgres::migrate(database_, embedded_migrations(), [](const postgres::Migration& migration) {
            base::log::info("migration applied", {{"migration", migration.name}});
        });
    if (!applied) return std::unexpected(applied.error());
    return {};
}

void Stores::stop() {
    if (supervisor_) supervisor_->stop();
}

std::expected<std::string, std::string> Stores::secret(const std::string& configured,
                                                       const std::string& name) const {
    if (!configured.empty()) return configured;
    return load_or_make_secret(data_dir_.path() / name);
}

}  // namespace app

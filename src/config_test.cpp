#include "config.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "base/temporary_dir.hpp"
#include "config_source.hpp"
#include "variables.hpp"
#include "x_options.hpp"

namespace app {
namespace {

using namespace std::chrono_literals;

/// The names that faults begin with.
std::set<std::string> faulty(const Variables& given) {
    const auto config = parse_config(given, 2);
    std::set<std::string> names;
    if (config) return names;
    for (const auto& fault : config.error())
        names.insert(fault.substr(0, fault.find(':')));
    return names;
}

TEST(Config, DefaultsAreThoseOfTheContract) {
    const auto config = parse_config({}, 3);
    ASSERT_TRUE(config);
    EXPECT_EQ(config->host, "127.0.0.1");
    EXPECT_EQ(config->port, 3001);
    EXPECT_EQ(config->workers, 3U);
    EXPECT_EQ(config->data_dir, "./data");
    EXPECT_EQ(config->max_body_bytes, 10U << 20U);
    EXPECT_EQ(config->max_upload_bytes, 1U << 30U);
    EXPECT_EQ(config->shutdown_timeout, 10s);
    EXPECT_EQ(config->database, "");
    EXPECT_EQ(config->pool_max, 25U);
    EXPECT_EQ(config->statement_timeout, 25s);
    EXPECT_EQ(config->access_ttl, 15min);
    EXPECT_EQ(config->refresh_ttl, std::chrono::days(7));
    EXPECT_EQ(config->session_max_ttl, std::chrono::days(30));
    EXPECT_FALSE(config->registration_enabled);
    EXPECT_TRUE(config->cors_origins.empty());
    EXPECT_EQ(config->compression, (std::vector<std::string>{"br", "zstd", "gzip"}));
    EXPECT_EQ(config->log_level, base::log::Level::info);
}

TEST(Config, X) {
    const auto config = parse_config({}, 1);
    ASSERT_TRUE(config);
    EXPECT_EQ(config->x.api_base_url, "https://api.x.com");
    EXPECT_EQ(config->x.scopes, "bookmark.read tweet.read users.read offline.access");
    EXPECT_EQ(config->x.api_timeout, 30s);
    EXPECT_EQ(config->x.breaker_failures, 5U);
    EXPECT_EQ(config->x.breaker_open, 60s);
    EXPECT_EQ(config->x.breaker_successes, 3U);
    EXPECT_TRUE(config->x.signup_enabled);
    EXPECT_EQ(x_access_options(*config, "http://me").oauth.shared_app, std::nullopt);
    EXPECT_EQ(public_url(*config), "http://127.0.0.1:3001");

    const auto given = parse_config({{"X_CLIENT_ID", "id"},
                                     {"X_CLIENT_SECRET", "secret"},
                                     {"X_ALLOWED_USERS", "1, @two"},
                                     {"X_API_BASE_URL", "http://x/"},
                                     {"X_API_DIALECT", "post"},
                                     {"PORT", "0"},
                                     {"FRONTEND_URL", "https://front/"}},
                                    1);
    ASSERT_TRUE(given);
    EXPECT_EQ(given->x.allowed_users, (std::vector<std::string>{"1", "@two"}));
    EXPECT_EQ(given->frontend_url, "https://front");
    EXPECT_EQ(public_url(*given), "");
    const auto options = x_access_options(*given, "http://me");
    EXPECT_EQ(options.client.base_url, "http://x");
    EXPECT_EQ(options.client.dialect, x::Dialect::post);
    EXPECT_EQ(options.oauth.timeout, 15s);
    ASSERT_TRUE(options.oauth.shared_app);
    EXPECT_EQ(options.oauth.shared_app->redirect_uri, "http://me/api/auth/x/callback");
}

TEST(Config, BackupsAreScheduledAsWritten) {
    const auto config = parse_config({{"BACKUP_ENABLED", "true"},
                                      {"BACKUP_WEEKLY_CRON", "*/5 1 * * sun"},
                                      {"BACKUP_MONTHLY_RETENTION", "3"},
                                      {"BACKUP_LOGS", "true"},
                                      {"BACKUP_WEBHOOK_URL", "https://hook/x"}},
                                     1);
    ASSERT_TRUE(config);
    const backup::Options& options = config->backup;
    EXPECT_TRUE(options.is_scheduled && config->monitor.backups_scheduled);
    EXPECT_EQ(options.crons[0]->text(), "0 2 * * *");
    EXPECT_EQ(options.crons[1]->text(), "*/5 1 * * sun");
    EXPECT_EQ(options.retention, (std::array<std::int64_t, 3>{7, 4, 3}));
    EXPECT_EQ(options.zone->name(), "Asia/Tokyo");
    EXPECT_TRUE(options.targets.database && options.targets.user_files && options.targets.logs);
    EXPECT_FALSE(options.targets.system_files || options.tells_success);
    EXPECT_TRUE(options.tells_failure);
    EXPECT_EQ(options.webhook, "https://hook/x");
    EXPECT_FALSE(options.addresses.is_any());
    EXPECT_FALSE(print_config(*config).contains("hook/x"));
}

TEST(Config, EveryDefaultPassesItsOwnCheck) {
    std::set<std::string_view> names;
    for (const Variable& variable : variables()) {
        EXPECT_TRUE(names.insert(variable.name).second) << variable.name << " is listed twice";
        if (!variable.fallback.empty())
            EXPECT_EQ(fault_of(variable, variable.fallback), std::nullopt) << variable.name;
    }
}

TEST(Config, AllFaultsAreToldAtOnce) {
    const Variables given{{"PORT", "many"},
                          {"POOL_MAX", "-3"},
                          {"STATEMENT_TIMEOUT", "5 parsecs"},
                          {"LOG_LEVEL", "loud"},
                          {"MAX_BODY_SIZE", "x"},
                          {"JWT_SECRET", "too short"},
                          {"FORCE_HTTPS", "maybe"},
                          {"REDIS_URL", "http:/"},
                          {"TRUSTED_PROXIES", "10.0.0.0/40"},
                          {"BACKUP_DAILY_CRON", "0 25 * * *"},
                          {"UNKNOWN_NAME", "x"}};
    EXPECT_EQ(faulty(given), (std::set<std::string>{"PORT", "POOL_MAX", "STATEMENT_TIMEOUT", "LOG_LEVEL",
                                                    "MAX_BODY_SIZE", "JWT_SECRET", "FORCE_HTTPS", "REDIS_URL",
                                                    "TRUSTED_PROXIES", "BACKUP_DAILY_CRON"}));
}

TEST(Config, ASecretIsNeverRepeated) {
    const auto config = parse_config({{"JWT_SECRET", "hush"}, {"DATABASE_URL", "mysql://hush"}}, 1);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().size(), 2U);
    for (const auto& fault : config.error())
        EXPECT_FALSE(fault.contains("hush")) << fault;
}

TEST(Config, RulesBetweenVariables) {
    EXPECT_EQ(faulty({{"POOL_MIN", "9"}, {"POOL_MAX", "8"}}), std::set<std::string>{"POOL_MIN"});
    EXPECT_EQ(faulty({{"DATABASE_URL", "postgresql:///x"}, {"DATABASE_HOST", "h"}}),
              std::set<std::string>{"DATABASE_HOST"});
    EXPECT_EQ(faulty({{"BACKUP_TIMEZONE", "Mars"}}), std::set<std::string>{"BACKUP_TIMEZONE"});
    EXPECT_EQ(faulty({{"DATABASE_USER", "u"}}), std::set<std::string>{"DATABASE_USER"});
    EXPECT_EQ(faulty({{"STORAGE_PROVIDER", "s3"}}),
              (std::set<std::string>{"AWS_S3_BUCKET", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}));
}

TEST(Config, OutgoingConnectionsArePublicUnlessAllowed) {
    const auto loopback = boost::asio::ip::make_address("127.0.0.1");
    EXPECT_FALSE(parse_config({}, 1)->outgoing.permit(loopback));
    EXPECT_TRUE(
        parse_config({{"ALLOW_PRIVATE_ADDRESSES", "10.0.0.0/8, 127.0.0.1"}}, 1)->outgoing.permit(loopback));
    EXPECT_EQ(faulty({{"ALLOW_PRIVATE_ADDRESSES", "localhost"}}),
              std::set<std::string>{"ALLOW_PRIVATE_ADDRESSES"});
    EXPECT_FALSE(parse_config({}, 1)->monitor.http.addresses.permit(loopback));
    const auto with_storage = parse_config({{"STORAGE_PROVIDER", "s3"},
                                            {"AWS_S3_BUCKET", "b"},
                                            {"AWS_ACCESS_KEY_ID", "a"},
                                            {"AWS_SECRET_ACCESS_KEY", "s"}},
                                           1);
    EXPECT_FALSE(with_storage->s3.addresses.permit(loopback));
}

TEST(Config, AnEmptyValueIsNotGiven) {
    const auto config = parse_config({{"PORT", ""}, {"DATABASE_URL", ""}}, 1);
    ASSERT_TRUE(config);
    EXPECT_EQ(config->port, 3001);
}

TEST(Config, PartsOfADatabaseBecomeAConnectionString) {
    const auto config = parse_config(
        {{"DATABASE_HOST", "db"}, {"DATABASE_PASSWORD", "it's \\"}, {"DATABASE_SSL", "no-verify"}}, 1);
    ASSERT_TRUE(config);
    EXPECT_EQ(config->database, R"(host='db' password='it\'s \\' sslmode='require')");
    EXPECT_EQ(parse_config({{"DATABASE_HOST", "db"}, {"DATABASE_SSL", "true"}}, 1)->database,
              "host='db' sslmode='verify-full'");
    EXPECT_EQ(parse_config({{"DATABASE_HOST", "db"}, {"DATABASE_SSL", "false"}}, 1)->database,
              "host='db' sslmode='disable'");
}

TEST(Config, DevelopmentHasOriginsOfItsOwn) {
    const auto config = parse_config({{"NODE_ENV", "development"}}, 1);
    ASSERT_TRUE(config);
    EXPECT_EQ(config->cors_origins.size(), 6U);
    const auto chosen = parse_config(
        {{"NODE_ENV", "development"}, {"CORS_ORIGIN", "https://a.example, https://b.example"}}, 1);
    ASSERT_TRUE(chosen);
    EXPECT_EQ(chosen->cors_origins, (std::vector<std::string>{"https://a.example", "https://b.example"}));
}

TEST(Config, PrintedWithoutSecrets) {
    const auto config = parse_config({{"JWT_SECRET", std::string(40, 'j')},
                                      {"DATABASE_URL", "postgresql://user:pa:ss@db.example/x?password=again"},
                                      {"REDIS_URL", "redis://:word@cache.example"},
                                      {"PORT", "4567"}},
                                     1);
    ASSERT_TRUE(config);
    const auto text = print_config(*config);
    EXPECT_TRUE(text.contains("PORT=4567\n"));
    EXPECT_TRUE(text.contains("JWT_SECRET=<hidden>\n"));
    EXPECT_TRUE(text.contains("METRICS_TOKEN=\n"));
    EXPECT_TRUE(text.contains("DATABASE_URL=postgresql://user:<hidden>@db.example/x\n")) << text;
    EXPECT_TRUE(text.contains("REDIS_URL=redis://:<hidden>@cache.example\n")) << text;
}

TEST(Variables, Sizes) {
    EXPECT_EQ(parse_size("10m"), 10 << 20);
    EXPECT_EQ(parse_size("1G"), 1 << 30);
    EXPECT_EQ(parse_size("512"), 512);
    for (const auto* const wrong : {"", "m", "-1", "-1k", "1.5m", "1mb", "99999999999999g", "1 k"})
        EXPECT_EQ(parse_size(wrong), std::nullopt) << wrong;
}

TEST(Variables, Times) {
    EXPECT_EQ(parse_duration("250ms"), 250ms);
    EXPECT_EQ(parse_duration("15m"), 15min);
    EXPECT_EQ(parse_duration("7d"), std::chrono::days(7));
    EXPECT_EQ(parse_duration("0"), 0ms);
    for (const auto* const wrong : {"", "s", "10", "-1s", "1.5h", "1w", "999999999999999d"})
        EXPECT_EQ(parse_duration(wrong), std::nullopt) << wrong;
}

TEST(ConfigSource, EnvironmentWinsOverFileAndSecretsComeFromFiles) {
    const base::TemporaryDir dir;
    const auto config_file = (dir.path() / "config").string();
    const auto secret_file = (dir.path() / "secret").string();
    std::ofstream(config_file) << "# comment\r\nPORT=4567\r\n LOG_LEVEL = warn \n\nREDIS_PREFIX=\"a b\"";
    std::ofstream(secret_file) << std::string(40, 's') << "\n";
    const std::vector<std::string> entries{"CONFIG_FILE=" + config_file, "LOG_LEVEL=error",
                                           "HOST=", "JWT_SECRET_FILE=" + secret_file};
    const std::vector<std::string_view> views(entries.begin(), entries.end());
    const auto found = collect_variables(views);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->find("PORT")->second, "4567");
    EXPECT_EQ(found->find("LOG_LEVEL")->second, "error");
    EXPECT_EQ(found->find("REDIS_PREFIX")->second, "a b");
    EXPECT_EQ(found->find("JWT_SECRET")->second, std::string(40, 's'));
}

TEST(ConfigSource, FaultsOfFiles) {
    const base::TemporaryDir dir;
    const auto config_file = (dir.path() / "config").string();
    std::ofstream(config_file) << "PORT=1\nno equals sign\n";
    const std::vector<std::string> entries{"CONFIG_FILE=" + config_file, "JWT_SECRET=x", "JWT_SECRET_FILE=/x",
                                           "METRICS_TOKEN_FILE=/nonexistent/file"};
    const std::vector<std::string_view> views(entries.begin(), entries.end());
    const auto found = collect_variables(views);
    ASSERT_FALSE(found);
    ASSERT_EQ(found.error().size(), 3U);
    EXPECT_TRUE(found.error()[0].contains("line 2"));
}

}  // namespace
}  // namespace app

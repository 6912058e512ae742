#include "accounts/accounts_sql.hpp"

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/json_writer.hpp"

namespace accounts::sql {

#define USER_COLUMNS                                                                                                \
    "u.id, u.x_user_id, u.username, u.display_name, u.avatar_url, u.email, u.role, coalesce(u.password_hash, ''), " \
    "u.settings, u.is_disabled, u.created_at, u.updated_at"

// What an account shows is cached under the version of its library. The join makes it the first that is
// locked.
#define RAISE_VERSION \
    "WITH raised AS (UPDATE library SET version = version + 1 WHERE user_id = $1 RETURNING version)"

// Two first accounts at the same moment must not both become admin.
const Statement kLockRegistration{
    "account.lock_registration", "SELECT pg_advisory_xact_lock(7081623645011904)", {}, Access::write};

const Statement kSelectConflicts{"account.select_conflicts",
                                 "SELECT EXISTS (SELECT FROM users),"
                                 " EXISTS (SELECT FROM users WHERE lower(username) = lower($1)),"
                                 " EXISTS (SELECT FROM users WHERE lower(email) = lower($2))",
                                 {Type::text, Type::text},
                                 Access::read};

const Statement kInsertUser{
    "account.insert_user",
    "INSERT INTO users AS u (id, username, display_name, email, role, password_hash, created_at, updated_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING " USER_COLUMNS,
    {Type::uuid, Type::text, Type::text, Type::text, Type::text, Type::text, Type::timestamptz},
    Access::write};

const Statement kInsertLibrary{"account.insert_library",
                               // The default categories and the settings are its first changes.
                               "INSERT INTO library (user_id, version, settings_version, settings_at)"
                               " VALUES ($1, 6, 6, $2)",
                               {Type::uuid, Type::timestamptz},
                               Access::write};

const Statement kInsertDefaultCategories{
    "account.insert_default_categories",
    "INSERT INTO categories (user_id, id, library_version, name, color, icon, sort_order, is_default, created_at,"
    " updated_at)"
    " SELECT $1, ($2::uuid[])[c.n], c.n, c.name, c.color, c.icon, c.n, true, $3, $3"
    "   FROM (VALUES (1, '技術・AI', '#3B82F6', 'cpu'), (2, '趣味・ゲーム', '#10B981', 'gamepad-2'),"
    "                (3, '料理・レシピ', '#F59E0B', 'chef-hat'), (4, '読書・書籍', '#8B5CF6', 'book-open'),"
    "                (5, '未分類', '#6B7280', 'folder')) AS c (n, name, color, icon)",
    {Type::uuid, Type::uuid_array, Type::timestamptz},
    Access::write};

const Statement kSelectUserById{"account.select_user_by_id",
                                "SELECT " USER_COLUMNS
                                ", l.version FROM users u JOIN library l ON l.user_id = u.id WHERE u.id = $1",
                                {Type::uuid},
                                Access::read};

const Statement kSelectUserByLogin{"account.select_user_by_login",
                                   "SELECT " USER_COLUMNS
                                   " FROM users u WHERE lower(u.username) = lower($1)"
                                   " UNION ALL SELECT " USER_COLUMNS
                                   " FROM users u WHERE lower(u.email) = lower($1) LIMIT 1",
                                   {Type::text},
                                   Access::read};

const Statement kSelectUsers{"account.select_users",
                             "SELECT " USER_COLUMNS " FROM users u ORDER BY u.created_at, u.id",
                             {},
                             Access::read};

const Statement kSelectAnyUser{
    "account.select_any_user", "SELECT EXISTS (SELECT FROM users)", {}, Access::read};

const Statement kUpdateSettings{
    "account.update_settings",
    "WITH raised AS (UPDATE library SET version = version + 1, settings_version = version + 1, settings_at = $3"
    "   WHERE user_id = $1 RETURNING version)"
    " UPDATE users u SET settings = $2, updated_at = $3 FROM raised WHERE u.id = $1"
    " RETURNING " USER_COLUMNS ", raised.version",
    {Type::uuid, Type::jsonb, Type::timestamptz},
    Access::write};

const Statement kUpdatePassword{
    "account.update_password",
    RAISE_VERSION
    " UPDATE users u SET password_hash = $2, updated_at = $3 FROM raised WHERE u.id = $1"
    " RETURNING raised.version",
    {Type::uuid, Type::text, Type::timestamptz},
    Access::write};

const Statement kSelectUserByX{"account.select_user_by_x",
                               "SELECT " USER_COLUMNS " FROM users u WHERE u.x_user_id = $1",
                               {Type::text},
                               Access::read};

const Statement kInsertXUser{
    "account.insert_x_user",
    "INSERT INTO users AS u (id, x_user_id, username, display_name, avatar_url, role, created_at, updated_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING " USER_COLUMNS,
    {Type::uuid, Type::text, Type::text, Type::text, Type::text, Type::text, Type::timestamptz},
    Access::write};

const Statement kUpdateXLink{
    "account.update_x_link",
    RAISE_VERSION
    " UPDATE users u SET x_user_id = $2, avatar_url = coalesce(u.avatar_url, $3), updated_at = $4"
    " FROM raised WHERE u.id = $1 RETURNING " USER_COLUMNS ", raised.version",
    {Type::uuid, Type::text, Type::text, Type::timestamptz},
    Access::write};

// A name with a password is what its owner types to log in: it stays.
const Statement kUpdateXProfile{
    "account.update_x_profile",
    RAISE_VERSION
    " UPDATE users u SET display_name = $3, avatar_url = $4, updated_at = $5,"
    " username = CASE WHEN u.password_hash IS NULL AND NOT EXISTS"
    "   (SELECT FROM users o WHERE lower(o.username) = lower($2) AND o.id <> $1) THEN $2 ELSE u.username END"
    " FROM raised WHERE u.id = $1 RETURNING " USER_COLUMNS ", raised.version",
    {Type::uuid, Type::text, Type::text, Type::text, Type::timestamptz},
    Access::write};

const Statement kDeleteXLink{"account.delete_x_link",
                             RAISE_VERSION
                             " UPDATE users u SET x_user_id = NULL, updated_at = $2 FROM raised"
                             " WHERE u.id = $1 AND u.password_hash IS NOT NULL RETURNING raised.version",
                             {Type::uuid, Type::timestamptz},
                             Access::write};

const Statement kInsertSession{
    "session.insert",
    "INSERT INTO sessions (user_id, id, kind, cookie_hash, user_agent, ip, created_at, last_active_at, expires_at)"
    " VALUES ($1, $2, $8, $3, $4, $5, $6, $6, $7)",
    {Type::uuid, Type::uuid, Type::bytea, Type::text, Type::text, Type::timestamptz, Type::timestamptz,
     Type::text},
    Access::write};

const Statement kDeleteSurplusSessions{
    "session.delete_surplus",
    "DELETE FROM sessions WHERE user_id = $1 AND (expires_at < $3 OR id IN"
    " (SELECT id FROM sessions WHERE user_id = $1 ORDER BY last_active_at DESC, id DESC OFFSET $2))",
    {Type::uuid, Type::int8, Type::timestamptz},
    Access::write};

const Statement kInsertRefreshToken{
    "session.insert_refresh_token",
    "INSERT INTO refresh_tokens (token_hash, user_id, session_id, expires_at) VALUES ($1, $2, $3, $4)",
    {Type::bytea, Type::uuid, Type::uuid, Type::timestamptz},
    Access::write};

const Statement kSelectRefreshToken{
    "session.select_refresh_token",
    "SELECT " USER_COLUMNS
    ", r.session_id, r.expires_at, r.used_at IS NOT NULL"
    " FROM refresh_tokens r JOIN users u ON u.id = r.user_id WHERE r.token_hash = $1 FOR UPDATE OF r",
    {Type::bytea},
    Access::write};

const Statement kSpendRefreshToken{
    "session.spend_refresh_token",
    "WITH touched AS (UPDATE sessions SET last_active_at = $2 WHERE (user_id, id) IN"
    "   (SELECT user_id, session_id FROM refresh_tokens WHERE token_hash = $1))"
    " UPDATE refresh_tokens SET used_at = $2 WHERE token_hash = $1",
    {Type::bytea, Type::timestamptz},
    Access::write};

const Statement kSelectSessions{
    "session.select",
    "SELECT id, kind, user_agent, ip, created_at, last_active_at, expires_at FROM sessions"
    " WHERE user_id = $1 AND expires_at > $2 ORDER BY last_active_at DESC, id DESC",
    {Type::uuid, Type::timestamptz},
    Access::read};

const Statement kSelectLastAdmin{
    "account.select_last_admin",
    "SELECT EXISTS (SELECT FROM users WHERE id = $1 AND role = 'admin')"
    " AND NOT EXISTS (SELECT FROM users WHERE id <> $1 AND role = 'admin' AND NOT is_disabled)",
    {Type::uuid},
    Access::read};

// A large library takes longer than an ordinary statement may.
const Statement kAllowLong{
    "account.allow_long", "SELECT set_config('statement_timeout', '600000', true)", {}, Access::read};

// Of two administrators that remove themselves at the same moment one must see that he is the last. Others do
// not hold up registrations for as long as their library takes.
const Statement kLockIfAdmin{
    "account.lock_if_admin",
    "SELECT pg_advisory_xact_lock(7081623645011904) FROM users WHERE id = $1 AND role = 'admin'",
    {Type::uuid},
    Access::write};

// First, as in every write: who writes to the library may need the user's row after it.
const Statement kLockLibrary{"account.lock_library",
                             "SELECT version FROM library WHERE user_id = $1 FOR UPDATE",
                             {Type::uuid},
                             Access::write};

const Statement kDeleteUser{
    "account.delete", "DELETE FROM users WHERE id = $1 RETURNING id", {Type::uuid}, Access::write};

const Statement kDeleteSession{"session.delete",
                               "DELETE FROM sessions WHERE user_id = $1 AND id = $2",
                               {Type::uuid, Type::uuid},
                               Access::write};

const Statement kDeleteSessions{
    "session.delete_all", "DELETE FROM sessions WHERE user_id = $1", {Type::uuid}, Access::write};

const Statement kDeleteOtherSessions{"session.delete_others",
                                     "DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2",
                                     {Type::uuid, Type::uuid},
                                     Access::write};

const Statement kSelectTokenHolder{
    "session.select_token_holder",
    "SELECT u.username, u.role, u.is_disabled, $2::uuid IS NULL OR s.id IS NOT NULL"
    " FROM users u LEFT JOIN sessions s ON s.user_id = u.id AND s.id = $2 AND s.expires_at > $3 WHERE u.id = $1",
    {Type::uuid, Type::uuid, Type::timestamptz},
    Access::read};

const Statement kSelectCookieHolder{
    "session.select_cookie_holder",
    "SELECT u.id, u.username, u.role, u.is_disabled, s.id, s.last_active_at, s.expires_at"
    " FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.cookie_hash = $1",
    {Type::bytea},
    Access::read};

const Statement kTouchSession{"session.touch",
                              "UPDATE sessions SET last_active_at = $3 WHERE user_id = $1 AND id = $2",
                              {Type::uuid, Type::uuid, Type::timestamptz},
                              Access::write};

std::span<const Statement* const> all() {
    static constexpr std::array kAll{&kLockRegistration,
                                     &kSelectConflicts,
                                     &kInsertUser,
                                     &kInsertLibrary,
                                     &kInsertDefaultCategories,
                                     &kSelectUserById,
                                     &kSelectUserByLogin,
                                     &kSelectUsers,
                                     &kSelectAnyUser,
                                     &kUpdateSettings,
                                     &kUpdatePassword,
                                     &kInsertSession,
                                     &kDeleteSurplusSessions,
                                     &kInsertRefreshToken,
                                     &kSelectRefreshToken,
                                     &kSpendRefreshToken,
                                     &kDeleteSession,
                                     &kDeleteSessions,
                                     &kDeleteOtherSessions,
                                     &kSelectTokenHolder,
                                     &kSelectCookieHolder,
                                     &kTouchSession,
                                     &kSelectUserByX,
                                     &kInsertXUser,
                                     &kUpdateXLink,
                                     &kUpdateXProfile,
                                     &kDeleteXLink,
                                     &kSelectSessions,
                                     &kSelectLastAdmin,
                                     &kAllowLong,
                                     &kDeleteUser,
                                     &kLockIfAdmin,
                                     &kLockLibrary};
    return kAll;
}

Session read_session(const postgres::Row& row) {
    return {.id = row.uuid(0),
            .kind = std::string(row.text(1)),
            .user_agent = std::string(row.text(2)),
            .ip = std::string(row.text(3)),
            .created_at = row.time(4),
            .last_active_at = row.time(5),
            .expires_at = row.time(6)};
}

Settings read_settings(std::string_view json) {
    Settings settings;
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(json, error);
    if (error || !value.is_object()) return settings;
    const auto text = [&value](const char* key, std::string& out) {
        const boost::json::value* found = value.get_object().if_contains(key);
        if (found != nullptr && found->is_string()) out = found->get_string();
    };
    const auto flag = [&value](const char* key, bool& out) {
        const boost::json::value* found = value.get_object().if_contains(key);
        if (found != nullptr && found->is_bool()) out = found->get_bool();
    };
    text("theme", settings.theme);
    text("viewMode", settings.view_mode);
    std::string category;
    text("defaultCategory", category);
    if (!category.empty()) settings.default_category = category;
    flag("autoSync", settings.auto_sync);
    flag("aiSuggestions", settings.ai_suggestions);
    flag("backupEnabled", settings.backup_enabled);
    return settings;
}

std::string write_settings(const Settings& settings) {
    std::string out;
    base::JsonWriter json(out);
    json.begin_object().member("theme", settings.theme).member("viewMode", settings.view_mode);
    json.member("defaultCategory", settings.default_category).member("autoSync", settings.auto_sync);
    json.member("aiSuggestions", settings.ai_suggestions).member("backupEnabled", settings.backup_enabled);
    json.end_object();
    return out;
}

User read_user(const postgres::Row& row) {
    return {.id = {row.uuid(0)},
            .x_user_id = row.maybe_text(1),
            .username = std::string(row.text(2)),
            .display_name = std::string(row.text(3)),
            .avatar_url = row.maybe_text(4),
            .email = row.maybe_text(5),
            .role = row.text(6) == "admin" ? base::Role::admin : base::Role::user,
            .password_hash = std::string(row.text(7)),
            .settings = read_settings(row.json(8)),
            .is_disabled = row.boolean(9),
            .created_at = row.time(10),
            .updated_at = row.time(11)};
}

}  // namespace accounts::sql

#include "backup/backup.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace backup {
namespace {

namespace json = boost::json;

constexpr std::int64_t kFormat = 1;
constexpr std::array<std::string_view, kKinds> kKindWords{"daily", "weekly", "monthly"};
constexpr std::array<std::string_view, 3> kStatusWords{"success", "partial", "failure"};

/// Lenient: what is missing or of another type is empty.
class Members {
public:
    explicit Members(const json::value& value) : Members(&value) {}
    [[nodiscard]] const json::value* find(std::string_view name) const {
        return object_ == nullptr ? nullptr : object_->if_contains(name);
    }
    [[nodiscard]] std::string text(std::string_view name) const {
        const json::value* value = find(name);
        return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
    }
    [[nodiscard]] std::int64_t number(std::string_view name) const {
        const json::value* value = find(name);
        return value != nullptr && value->is_int64() ? value->get_int64() : 0;
    }
    [[nodiscard]] bool flag(std::string_view name, bool fallback) const {
        const json::value* value = find(name);
        return value != nullptr && value->is_bool() ? value->get_bool() : fallback;
    }
    [[nodiscard]] std::vector<json::value> array(std::string_view name) const {
        const json::value* value = find(name);
        if (value == nullptr || !value->is_array()) return {};
        return {value->get_array().begin(), value->get_array().end()};
    }
    [[nodiscard]] Members object(std::string_view name) const { return Members(find(name)); }

private:
    explicit Members(const json::value* value) : object_(value == nullptr ? nullptr : value->if_object()) {}
    const json::object* object_;
};

void write_metadata(base::JsonWriter& out, const Metadata& metadata) {
    out.key("metadata").begin_object().member("databaseSize", metadata.database_size);
    out.member("userCount", metadata.user_count).member("bookmarkCount", metadata.bookmark_count);
    out.member("fileCount", metadata.file_count).end_object();
}

std::optional<json::value> parse(std::string_view text) {
    boost::system::error_code error;
    json::value value = json::parse(text, error);
    if (error || !value.is_object()) return std::nullopt;
    return value;
}

}  // namespace

std::string_view to_string(Kind kind) {
    return kKindWords.at(static_cast<std::size_t>(kind));
}

std::optional<Kind> parse_kind(std::string_view word) {
    const auto* const found = std::ranges::find(kKindWords, word);
    if (found == kKindWords.end()) return std::nullopt;
    return static_cast<Kind>(found - kKindWords.begin());
}

std::string_view to_string(Status status) {
    return kStatusWords.at(static_cast<std::size_t>(status));
}

std::optional<Status> parse_status(std::string_view word) {
    const auto* const found = std::ranges::find(kStatusWords, word);
    if (found == kStatusWords.end()) return std::nullopt;
    return static_cast<Status>(found - kStatusWords.begin());
}

std::uint64_t Backup::size_bytes() const {
    std::uint64_t sum = 0;
    for (const File& file : files)
        sum += file.size_bytes;
    return sum;
}

const File* Backup::file_of(std::string_view what) const {
    const auto found = std::ranges::find(files, what, &File::what);
    return found == files.end() ? nullptr : &*found;
}

std::string file_time(base::Time time) {
    std::string text = base::to_iso(time);
    std::ranges::replace_if(text, [](char c) { return c == ':' || c == '.'; }, '-');
    return text;
}

std::string make_id(std::string_view kind, base::Time started_at) {
    return std::string(kind) + "-" + file_time(started_at);
}

std::string write_manifest(const Backup& backup) {
    std::string text;
    base::JsonWriter out(text);
    out.begin_object().member("format", kFormat).member("program", "xbookmarker");
    out.member("version", backup.version).member("schema", backup.schema);
    out.member("serverVersion", backup.server_version).member("id", backup.id);
    out.member("type", to_string(backup.kind)).member("startedAt", backup.started_at);
    out.member("durationMs", backup.duration.count()).member("status", to_string(backup.status));
    out.member("errors", backup.errors);
    write_metadata(out, backup.metadata);
    out.key("files").begin_array();
    for (const File& file : backup.files)
        out.begin_object()
            .member("what", file.what)
            .member("key", file.key)
            .member("size", file.size_bytes)
            .member("sha256", file.sha256)
            .end_object();
    out.end_array().key("tables").begin_array();
    for (const Table& table : backup.tables)
        out.begin_object()
            .member("name", table.name)
            .member("rows", table.rows)
            .member("checksum", table.checksum)
            .end_object();
    out.end_array().end_object();
    return text;
}

std::optional<Backup> read_manifest(std::string_view text) {
    const auto value = parse(text);
    if (!value) return std::nullopt;
    const Members all(*value);
    const auto kind = parse_kind(all.text("type"));
    const auto started_at = base::parse_iso(all.text("startedAt"));
    const auto status = parse_status(all.text("status"));
    if (all.number("format") != kFormat || !kind || !started_at || !status) return std::nullopt;
    Backup backup{.id = all.text("id"), .kind = *kind, .started_at = *started_at};
    backup.duration = std::chrono::milliseconds(all.number("durationMs"));
    backup.status = *status;
    backup.version = all.text("version");
    backup.schema = all.number("schema");
    backup.server_version = all.number("serverVersion");
    const Members metadata = all.object("metadata");
    backup.metadata = {.database_size = metadata.number("databaseSize"),
                       .user_count = metadata.number("userCount"),
                       .bookmark_count = metadata.number("bookmarkCount"),
                       .file_count = metadata.number("fileCount")};
    for (const json::value& one : all.array("errors"))
        if (one.is_string()) backup.errors.emplace_back(one.get_string());
    for (const json::value& one : all.array("files")) {
        const Members file(one);
        backup.files.push_back({.what = file.text("what"),
                                .key = file.text("key"),
                                .size_bytes = static_cast<std::uint64_t>(file.number("size")),
                                .sha256 = file.text("sha256")});
    }
    for (const json::value& one : all.array("tables")) {
        const Members table(one);
        backup.tables.push_back(
            {.name = table.text("name"), .rows = table.number("rows"), .checksum = table.text("checksum")});
    }
    return backup;
}

std::string write_row(const Backup& backup, const std::optional<base::Uuid>& job) {
    std::string text;
    base::JsonWriter out(text);
    out.begin_object().member("id", backup.id).member("type", to_string(backup.kind)).member("job_id", job);
    out.member("started_at", backup.started_at).member("duration_ms", backup.duration.count());
    out.member("status", to_string(backup.status)).member("size_bytes", backup.size_bytes());
    out.key("files").begin_array();
    for (const File& file : backup.files)
        out.value(file.key);
    out.end_array().member("errors", backup.errors);
    write_metadata(out, backup.metadata);
    out.key("manifest").raw(write_manifest(backup)).end_object();
    return text;
}

void write_result(base::JsonWriter& json, const Backup& backup) {
    write_result(json, backup, to_string(backup.kind));
}

void write_result(base::JsonWriter& json, const Backup& backup, std::string_view kind) {
    json.member("id", backup.id).member("type", kind).member("timestamp", backup.started_at);
    json.member("duration", backup.duration.count()).member("status", to_string(backup.status));
    json.member("size", backup.size_bytes()).key("files").begin_array();
    for (const File& file : backup.files)
        json.value(file.key);
    json.end_array().member("errors", backup.errors);
    write_metadata(json, backup.metadata);
}

std::string write_job_options(Kind kind, const Targets& targets) {
    std::string text;
    base::JsonWriter out(text);
    out.begin_object().member("type", to_string(kind)).key("targets").begin_object();
    out.member("database", targets.database).member("userFiles", targets.user_files);
    out.member("systemFiles", targets.system_files).member("logs", targets.logs).end_object().end_object();
    return text;
}

JobOptions read_job_options(std::string_view text) {
    const auto value = parse(text);
    if (!value) return {};
    const Members all(*value);
    const Members targets = all.object("targets");
    return {.kind = parse_kind(all.text("type")).value_or(Kind::daily),
            .targets = {.database = targets.flag("database", true),
                        .user_files = targets.flag("userFiles", true),
                        .system_files = targets.flag("systemFiles", false),
                        .logs = targets.flag("logs", false)}};
}

}  // namespace backup

#include "files/files_routes.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/encoding.hpp"
#include "base/json_writer.hpp"
#include "base/offload.hpp"
#include "files/byte_range.hpp"
#include "http/conditional.hpp"
#include "http/paging.hpp"
#include "http/validation.hpp"

namespace files::routes {
namespace {

using base::Errc;
using base::JsonWriter;
using base::Result;
using base::Task;
using http::Call;
using http::Response;

constexpr std::size_t kPieceBytes = std::size_t{256} * 1024;
constexpr double kMegabyte = 1024.0 * 1024.0;
constexpr std::int64_t kDaysMax = 3650;
constexpr std::int64_t kDaysDefault = 7;

/// What the path names.
struct Named {
    base::UserId user;
    std::string filename;
};

Result<Named> read_name(const Call& call) {
    const auto user = base::parse_uuid(call.parameters.at(0));
    const std::string& filename = call.parameters.at(1);
    if (!is_filename(filename))
        return base::fail(Errc::invalid_file_name, "The name of the file is not valid");
    if (!user) return base::fail(Errc::file_access_denied, "The files are not yours");
    return Named{{*user}, filename};
}

Result<Named> read_own_name(const Call& call) {
    auto named = read_name(call);
    if (named && named->user != call.principal->user)
        return base::fail(Errc::file_access_denied, "The files are not yours");
    return named;
}

/// Nothing: all of everybody, which only an administrator may ask for.
Result<std::optional<base::UserId>> read_scope(const Call& call) {
    if (call.query.get("scope") != "all") return call.principal->user;
    if (call.principal->role != base::Role::admin || !call.principal->scopes.admin)
        return base::fail(Errc::admin_required, "Only an administrator may ask for all files");
    return std::nullopt;
}

/// For the owner, or for whoever has a valid link. True: by a link.
Result<bool> check_access(const Files& files, const Call& call, const Named& named) {
    const auto signature = call.query.get("signature");
    if (signature) {
        const auto valid =
            files.check_link(named.user, named.filename, call.query.get("expires").value_or(""), *signature);
        if (!valid) return std::unexpected(valid.error());
        return true;
    }
    if (!call.principal)
        return base::fail(Errc::missing_auth_header, "The link has no signature, and nobody is logged in");
    if (named.user != call.principal->user)
        return base::fail(Errc::file_access_denied, "The file is not yours");
    return false;
}

class FileBody final : public http::BodySource {
public:
    FileBody(std::unique_ptr<storage::Download> file, ByteRange range, base::asio::thread_pool& offload)
        : file_(std::move(file)), next_(range.first), left_(range.size()), offload_(offload) {}

    Task<std::optional<std::string>> next() override {
        if (left_ == 0) co_return std::nullopt;
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, kPieceBytes));
        // SAFETY: the connection keeps the source until this has returned.
        auto piece = co_await base::offload(offload_, [this, size] { return file_->read(next_, size); });
        if (!piece || piece->empty()) throw std::runtime_error("a file could not be read to its end");
        next_ += piece->size();
        left_ -= piece->size();
        co_return *std::move(piece);
    }

private:
    std::unique_ptr<storage::Download> file_;
    std::uint64_t next_;
    std::uint64_t left_;
    base::asio::thread_pool& offload_;
};

/// RFC 6266: names of ours are ASCII, others are given in both forms.
std::string attachment(std::string_view filename) {
    std::string ascii;
    for (const char c : filename)
        ascii += c < 0x20 || c > 0x7E || c == '"' || c == '\\' ? '_' : c;
    std::string value = "attachment; filename=\"" + ascii + "\"";
    if (ascii != filename) value += "; filename*=UTF-8''" + base::percent_encode(filename);
    return value;
}

/// A representation may be continued only when it is still the same (RFC 9110 section 13.1.5).
bool may_continue(const Call& call, const std::string& etag) {
    const auto condition = call.request.header("if-range");
    return !condition || *condition == etag;
}

Response send(const Call& call, const Named& named, std::unique_ptr<storage::Download> file, bool is_signed,
              base::asio::thread_pool& offload) {
    const storage::Object object = file->object();
    Response response;
    response.content_type = content_type_of(named.filename);
    response.caching = is_signed ? http::Caching::public_day : http::Caching::private_no_cache;
    response.etag = object.etag;
    response.headers.emplace_back("Accept-Ranges", "bytes");
    response.headers.emplace_back("Content-Disposition", attachment(named.filename));
    const auto known = call.request.header("if-none-match");
    if (known && http::matches_any(*known, object.etag)) {
        response.status = 304;
        return response;
    }
    RangeAnswer wanted;
    if (may_continue(call, object.etag)) wanted = read_range(call.request.header("range"), object.size_bytes);
    const std::string size = std::to_string(object.size_bytes);
    if (wanted.kind == RangeKind::unsatisfiable) {
        response.status = 416;
        response.headers.emplace_back("Content-Range", "bytes */" + size);
        return response;
    }
    if (wanted.kind == RangeKind::part) {
        response.status = 206;
        response.headers.emplace_back("Content-Range", "bytes " + std::to_string(wanted.range.first) + "-" +
                                                           std::to_string(wanted.range.last) + "/" + size);
    } else if (object.size_bytes == 0) {
        response.body = base::make_body("");
        return response;
    } else {
        wanted.range = {.first = 0, .last = object.size_bytes - 1};
    }
    response.source_bytes = wanted.range.size();
    response.source = std::make_shared<FileBody>(std::move(file), wanted.range, offload);
    return response;
}

Response redirect(std::string url) {
    Response response;
    response.status = 302;
    response.headers.emplace_back("Location", std::move(url));
    return response;
}

Response answer(std::string body) {
    return http::json(std::move(body), http::Caching::private_no_cache);
}

void write_file(JsonWriter& json, const File& file) {
    json.member("filename", file.filename).member("size", file.object.size_bytes);
    json.member("contentType", content_type_of(file.filename));
}

void write_metadata(JsonWriter& json, const File& file) {
    json.key("metadata").begin_object().member("modifiedAt", file.object.modified_at);
    json.member("etag", file.object.etag).end_object();
}

}  // namespace

Task<Response> get(Files& files, Call& call) {
    const auto named = read_name(call);
    if (!named) co_return http::problem(call, named.error());
    const auto by_link = check_access(files, call, *named);
    if (!by_link) co_return http::problem(call, by_link.error());
    auto presigned = co_await files.presign(named->user, named->filename);
    if (!presigned) co_return http::problem(call, presigned.error());
    if (*presigned) co_return redirect(std::move(**presigned));
    auto file = co_await files.open(named->user, named->filename);
    if (!file) co_return http::problem(call, file.error());
    co_return send(call, *named, *std::move(file), *by_link, files.offload());
}

Task<Response> download(Files& files, Call& call) {
    const auto named = read_own_name(call);
    if (!named) co_return http::problem(call, named.error());
    const auto file = co_await files.find(named->user, named->filename);
    if (!file) co_return http::problem(call, file.error());
    std::string url = files.link(named->user, named->filename);
    if (call.query.flag("redirect").value_or(true)) co_return redirect(std::move(url));
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).member("url", url);
    write_file(json, *file);
    json.end_object();
    co_return answer(std::move(body));
}

Task<Response> info(Files& files, Call& call) {
    const auto named = read_own_name(call);
    if (!named) co_return http::problem(call, named.error());
    const auto file = co_await files.find(named->user, named->filename);
    if (!file) co_return http::problem(call, file.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true);
    write_file(json, *file);
    json.member("url", files.link(named->user, named->filename));
    write_metadata(json, *file);
    json.end_object();
    co_return answer(std::move(body));
}

Task<Response> list(Files& files, Call& call) {
    const auto user = base::parse_uuid(call.parameters.at(0));
    if (!user || *user != call.principal->user.uuid)
        co_return http::problem(call, {Errc::file_access_denied, "The files are not yours", {}, {}});
    http::Faults faults;
    const auto page = http::read_page(call.query, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_query_params);
    const auto found = co_await files.list({*user});
    if (!found) co_return http::problem(call, found.error());
    // A cursor is the name of the last file that was shown.
    auto first = static_cast<std::size_t>(page.offset);
    if (page.cursor) {
        const auto name = base::from_base64url(*page.cursor);
        const auto last = std::ranges::find(*found, name.value_or(""), &File::filename);
        if (last == found->end())
            co_return http::problem(call, {Errc::invalid_cursor, "The cursor is of no use any more", {}, {}});
        first = static_cast<std::size_t>(last - found->begin()) + 1;
    }
    first = std::min(first, found->size());
    const std::size_t end = std::min(found->size(), first + static_cast<std::size_t>(page.limit));
    std::uint64_t total_size = 0;
    for (const File& file : *found)
        total_size += file.object.size_bytes;
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("files").begin_array();
    for (std::size_t i = first; i < end; ++i) {
        const File& file = (*found)[i];
        json.begin_object();
        write_file(json, file);
        json.member("downloadUrl", files.link({*user}, file.filename));
        write_metadata(json, file);
        json.end_object();
    }
    const auto total = static_cast<std::int64_t>(found->size());
    json.end_array().member("totalFiles", total).member("totalSize", total_size);
    const bool has_more = end < found->size();
    json.key("pagination");
    http::write_pagination(json, page.limit, static_cast<std::int64_t>(first), total, has_more,
                           has_more ? base::to_base64url((*found)[end - 1].filename) : "");
    json.end_object();
    co_return answer(std::move(body));
}

Task<Response> remove(Files& files, Call& call) {
    const auto named = read_own_name(call);
    if (!named) co_return http::problem(call, named.error());
    const auto removed = co_await files.remove(named->user, named->filename);
    if (!removed) co_return http::problem(call, removed.error());
    std::string body;
    JsonWriter(body)
        .begin_object()
        .member("success", true)
        .member("message", "The file is deleted")
        .member("filename", named->filename)
        .end_object();
    co_return http::json(std::move(body));
}

Task<Response> stats(Files& files, Call& call) {
    const auto scope = read_scope(call);
    if (!scope) co_return http::problem(call, scope.error());
    const auto totals = co_await files.count(*scope);
    if (!totals) co_return http::problem(call, totals.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).member("totalFiles", totals->all.count);
    json.member("totalSize", totals->all.size_bytes).member("provider", files.provider());
    json.key("breakdown").begin_object();
    for (const auto& [folder, part] : totals->folders) {
        json.key(folder).begin_object().member("count", part.count).member("size", part.size_bytes);
        json.end_object();
    }
    json.end_object();
    json.member("totalSizeMB", static_cast<double>(totals->all.size_bytes) / kMegabyte).end_object();
    co_return answer(std::move(body));
}

Task<Response> clean_up(Files& files, Call& call) {
    const auto body = http::read_object(call.request);
    if (!body) co_return http::problem(call, body.error());
    http::Faults faults;
    http::ObjectReader reader(*body, faults);
    const std::int64_t days = reader.integer("olderThanDays", 0, kDaysMax).value_or(kDaysDefault);
    if (!faults.empty()) co_return faults.to_response(call, Errc::validation_error);
    const auto scope = read_scope(call);
    if (!scope) co_return http::problem(call, scope.error());
    const auto removed = co_await files.remove_old(*scope, std::chrono::days(days));
    if (!removed) co_return http::problem(call, removed.error());
    std::string out;
    JsonWriter(out)
        .begin_object()
        .member("success", true)
        .member("message", "Old files are deleted")
        .member("deletedFiles", *removed)
        .member("olderThanDays", days)
        .end_object();
    co_return http::json(std::move(out));
}

}  // namespace files::routes

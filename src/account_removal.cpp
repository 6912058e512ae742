#include "account_removal.hpp"

#include "accounts/accounts_routes.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "base/offload.hpp"
#include "http/validation.hpp"

namespace app {
namespace {

using base::Errc;
using base::Result;
using base::Task;

/// Folders of the storage that hold files of users (contract 5.4).
constexpr std::array<std::string_view, 2> kFolders{"exports/", "imports/"};

Result<void> remove_all(storage::Store& store, const std::string& user) {
    for (const std::string_view folder : kFolders) {
        const auto found = store.list(std::string(folder) + user + "/");
        if (!found) return std::unexpected(found.error());
        for (const storage::Object& object : *found) {
            if (const auto removed = store.remove(object.key); !removed)
                return std::unexpected(removed.error());
        }
    }
    return {};
}

}  // namespace

Task<Result<void>> AccountRemoval::remove_files(base::UserId user) {
    co_return co_await base::offload(places_.disk, [this, user] {
        uploads_.remove_all(user);
        return remove_all(places_.store, base::to_string(user.uuid));
    });
}

Task<void> AccountRemoval::forget(base::UserId user) {
    places_.residents.drop(user);
    co_await places_.answers.forget(user);
}

Task<Result<void>> AccountRemoval::erase(base::UserId user) {
    const auto is_last = co_await places_.accounts.is_last_admin(user);
    if (!is_last) co_return std::unexpected(is_last.error());
    if (*is_last) co_return base::fail(Errc::last_admin, "The last administrator cannot be removed");
    auto revocation = co_await places_.x.prepare_revocation(user);
    if (!revocation) co_return std::unexpected(revocation.error());
    if (auto removed = co_await remove_files(user); !removed) co_return removed;
    // Those that run learn of it before there is nothing left to write to.
    if (auto erased = co_await places_.jobs.erase_all(user); !erased) co_return erased;
    if (auto erased = co_await places_.accounts.erase(user); !erased) co_return erased;
    base::log::info("account erased", {{"user_id", base::to_string(user.uuid)}});
    co_await forget(user);
    if (*revocation) co_await places_.x.revoke(*std::move(*revocation));
    // A job that was running may have finished a file meanwhile; what it finishes from now on it removes
    // itself.
    if (auto removed = co_await remove_files(user); !removed)
        base::log::warn("files of an erased account remain", {{"user_id", base::to_string(user.uuid)}});
    co_return Result<void>{};
}

Task<http::Response> AccountRemoval::answer(http::Call& call) {
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    http::Faults faults;
    http::ObjectReader reader(*object, faults);
    const auto confirm = reader.text("confirm");
    const auto password = reader.text("password", {0, 256});
    if (!faults.empty()) co_return faults.to_response(call, Errc::validation_error);
    const auto user = co_await places_.accounts.get(call.principal->user);
    if (!user) co_return http::problem(call, user.error());
    if (confirm != user->username)
        co_return http::problem(call,
                                {Errc::confirmation_required, "confirm must be the name of the account"});
    if (!user->password_hash.empty()) {
        const auto correct = co_await places_.accounts.check_password(user->id, password.value_or(""));
        if (!correct) co_return http::problem(call, correct.error());
        if (!*correct) co_return http::problem(call, {Errc::invalid_credentials, "The password is wrong"});
    }
    const auto done = co_await erase(user->id);
    if (!done) co_return http::problem(call, done.error());
    std::string body;
    base::JsonWriter(body)
        .begin_object()
        .member("success", true)
        .member("message", "The account was erased")
        .end_object();
    http::Response response = http::json(std::move(body));
    accounts::routes::clear_session_cookies(response, call);
    co_return response;
}

}  // namespace app

#include "problem_routes.hpp"

#include "base/json_writer.hpp"

namespace app {

base::Task<http::Response> describe_problem(http::Call& call) {
    const auto* const type = http::find_problem_type(call.parameters[0]);
    if (type == nullptr)
        co_return http::problem(call, {base::Errc::problem_not_found, "There is no problem of that name."});
    std::string body;
    base::JsonWriter json(body);
    json.begin_object().member("success", true).member("type", "/problems/" + call.parameters[0]);
    json.member("title", type->title).member("status", static_cast<std::int64_t>(type->status));
    json.member("code", type->code).member("description", type->description).end_object();
    co_return http::json(std::move(body), http::Caching::none);
}

}  // namespace app

#include "transfer/import_options.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/json_writer.hpp"

namespace transfer {
namespace {

constexpr std::array<std::pair<DuplicateStrategy, std::string_view>, 4> kStrategies{{
    {DuplicateStrategy::skip, "skip"},
    {DuplicateStrategy::update, "update"},
    {DuplicateStrategy::merge, "merge"},
    {DuplicateStrategy::create_duplicate, "create_duplicate"},
}};

std::optional<std::string> text_of(const boost::json::object& object, std::string_view name) {
    const boost::json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    return std::string(value->get_string());
}

bool flag_of(const boost::json::object& object, std::string_view name, bool missing) {
    const boost::json::value* value = object.if_contains(name);
    return value != nullptr && value->is_bool() ? value->get_bool() : missing;
}

}  // namespace

std::string_view to_string(DuplicateStrategy strategy) {
    return std::ranges::find(kStrategies, strategy, &decltype(kStrategies)::value_type::first)->second;
}

std::optional<DuplicateStrategy> parse_duplicate_strategy(std::string_view name) {
    const auto found = std::ranges::find(kStrategies, name, &decltype(kStrategies)::value_type::second);
    if (found == kStrategies.end()) return {};
    return found->first;
}

std::string write_job_options(const ImportOptions& options, std::string_view file_name) {
    std::string out;
    base::JsonWriter json(out);
    json.begin_object().member("source", to_string(options.source)).member("fileName", file_name);
    json.member("duplicateStrategy", to_string(options.strategy));
    json.member("defaultCategory", options.default_category);
    json.member("createCategories", options.create_categories).member("dryRun", options.dry_run);
    json.member("includeLikes", options.include_likes).end_object();
    return out;
}

ImportOptions read_job_options(std::string_view json) {
    ImportOptions options;
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(json, error);
    const boost::json::object* object = error ? nullptr : value.if_object();
    if (object == nullptr) return options;
    options.source = parse_format(text_of(*object, "source").value_or("")).value_or(options.source);
    options.strategy = parse_duplicate_strategy(text_of(*object, "duplicateStrategy").value_or(""))
                           .value_or(options.strategy);
    options.default_category = text_of(*object, "defaultCategory");
    options.create_categories = flag_of(*object, "createCategories", true);
    options.dry_run = flag_of(*object, "dryRun", false);
    options.include_likes = flag_of(*object, "includeLikes", false);
    return options;
}

}  // namespace transfer

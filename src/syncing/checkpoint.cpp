#include "syncing/checkpoint.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/json_writer.hpp"

namespace syncing {

std::string write_checkpoint(const Checkpoint& checkpoint) {
    std::string out;
    base::JsonWriter json(out);
    json.begin_object().member("cursor", checkpoint.cursor).member("pages", checkpoint.pages);
    json.member("fetched", checkpoint.fetched).member("added", checkpoint.added);
    json.member("updated", checkpoint.updated).member("unchanged", checkpoint.unchanged);
    json.member("unbookmarked", checkpoint.unbookmarked).member("requests", checkpoint.requests);
    json.member("lowestKnown", checkpoint.lowest_known);
    json.member("restarted", checkpoint.restarted).member("switched", checkpoint.switched);
    json.member("complete", checkpoint.is_complete);
    json.member("knownPages", checkpoint.known_pages);
    json.member("limited", checkpoint.limited).member("unavailable", checkpoint.unavailable);
    json.member("errors", checkpoint.errors).end_object();
    return out;
}

Checkpoint read_checkpoint(std::string_view text) {
    Checkpoint checkpoint;
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(text, error);
    const boost::json::object* object = error ? nullptr : value.if_object();
    if (object == nullptr) return checkpoint;
    const auto number = [object](std::string_view name) -> std::int64_t {
        const boost::json::value* member = object->if_contains(name);
        return member != nullptr && member->is_int64() ? member->get_int64() : 0;
    };
    const auto flag = [object](std::string_view name) {
        const boost::json::value* member = object->if_contains(name);
        return member != nullptr && member->is_bool() && member->get_bool();
    };
    if (const auto* cursor = object->if_contains("cursor"); cursor != nullptr && cursor->is_string())
        checkpoint.cursor = std::string(cursor->get_string());
    checkpoint.pages = number("pages");
    checkpoint.fetched = number("fetched");
    checkpoint.added = number("added");
    checkpoint.updated = number("updated");
    checkpoint.unchanged = number("unchanged");
    checkpoint.unbookmarked = number("unbookmarked");
    checkpoint.requests = number("requests");
    if (const auto* lowest = object->if_contains("lowestKnown"); lowest != nullptr && lowest->is_int64())
        checkpoint.lowest_known = lowest->get_int64();
    checkpoint.is_complete = flag("complete");
    checkpoint.restarted = flag("restarted");
    checkpoint.switched = flag("switched");
    checkpoint.known_pages = static_cast<int>(number("knownPages"));
    checkpoint.limited = static_cast<int>(number("limited"));
    checkpoint.unavailable = static_cast<int>(number("unavailable"));
    if (const auto* errors = object->if_contains("errors"); errors != nullptr && errors->is_array())
        for (const boost::json::value& one : errors->get_array())
            if (one.is_string()) checkpoint.errors.emplace_back(one.get_string());
    return checkpoint;
}

}  // namespace syncing

// Reads arguments from a JSON body or a query and collects all faults in schema order (contract 1.4).
#pragma once

#include <boost/json/fwd.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace http {

/// The faults of one request. An empty one means valid input.
class Faults {
public:
    [[nodiscard]] bool empty() const { return items_.empty(); }
    [[nodiscard]] std::size_t count() const { return items_.size(); }
    /// Paths of faults that are added from now on begin with `prefix`, such as `query.`.
    void enter(std::string prefix) { prefix_ = std::move(prefix); }

    void invalid_type(std::string_view path, std::string_view expected, std::string_view received);
    void invalid_enum(std::string_view path, std::string_view received,
                      std::span<const std::string_view> options);
    /// `type` is `number`, `string` or `array`.
    void too_small(std::string_view path, std::int64_t minimum, std::string_view type);
    void too_big(std::string_view path, std::int64_t maximum, std::string_view type);
    /// `validation` is `uuid`, `url`, `regex`, `tag` or `email`.
    void invalid_string(std::string_view path, std::string_view validation);
    void invalid_date(std::string_view path);
    void custom(std::string_view path, std::string_view message);

    /// 400 with `details[]`.
    [[nodiscard]] Response to_response(const Call& call, base::Errc code) const;

private:
    [[nodiscard]] std::string at(std::string_view path) const { return prefix_ + std::string(path); }

    std::string prefix_;
    std::vector<std::string> items_;  ///< each one finished JSON
    // A path is written as in code, `categoryIds[0]` or `updates.tags[3]`, and answered as ["categoryIds",0].
};

/// Bounds of a text in code points.
struct Length {
    std::size_t min = 0;
    std::size_t max = SIZE_MAX;
};

/// Reads members of one JSON object. Each function returns nothing when the member is absent (or faulty: then
/// a fault was added). `path` prefixes are for nested objects, such as `updates.`.
class ObjectReader {
public:
    ObjectReader(const boost::json::object& object, Faults& faults, std::string prefix = {});

    [[nodiscard]] bool has(std::string_view name) const;
    [[nodiscard]] bool is_null(std::string_view name) const;
    /// Adds `invalid_type … undefined` for a missing member when `required`. Text is cleaned (contract 5.2
    /// "text").
    std::optional<std::string> text(std::string_view name, Length length = {}, bool required = false);
    std::optional<bool> flag(std::string_view name, bool required = false);
    std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max,
                                        bool required = false);
    std::optional<base::Uuid> uuid(std::string_view name, bool required = false);
    std::optional<base::Time> date(std::string_view name, bool required = false);
    /// An absolute http or https URL of at most 4096 bytes.
    std::optional<std::string> url(std::string_view name, bool required = false);
    std::optional<std::string> one_of(std::string_view name, std::initializer_list<std::string_view> options,
                                      bool required = false);
    std::optional<std::vector<std::string>> texts(std::string_view name, std::size_t max_items, Length length,
                                                  bool required = false);
    std::optional<std::vector<std::string>> urls(std::string_view name, std::size_t max_items);
    std::optional<std::vector<base::Uuid>> uuids(std::string_view name, std::size_t min_items,
                                                 std::size_t max_items, bool required = false);
    /// The elements point into the object that is read.
    std::optional<std::vector<const boost::json::object*>> objects(std::string_view name,
                                                                   std::size_t min_items,
                                                                   std::size_t max_items,
                                                                   bool required = false);
    /// A nested object.
    const boost::json::object* object(std::string_view name, bool required = false);

private:
    [[nodiscard]] std::string path(std::string_view name) const;
    const boost::json::value* member(std::string_view name, std::string_view expected, bool required);

    const boost::json::object& object_;
    Faults& faults_;
    std::string prefix_;
};

/// The body as a JSON object: `application/json`, `+json` or a form; a missing body is `{}`. Errors:
/// invalid_json, unsupported_media_type.
[[nodiscard]] base::Result<boost::json::object> read_object(const Request& request);

/// Integers from a query: a whole decimal number within the range, else a fault.
[[nodiscard]] std::optional<std::int64_t> query_integer(const Query& query, std::string_view name,
                                                        std::int64_t min, std::int64_t max, Faults& faults);
/// A date from a query; with `end_of_day` a bare date means the last microsecond of that day. `zone` is an
/// offset- aware day rule: see base/clock (UTC when empty).
[[nodiscard]] std::optional<base::Time> query_date(const Query& query, std::string_view name, bool end_of_day,
                                                   std::string_view zone, Faults& faults);

}  // namespace http

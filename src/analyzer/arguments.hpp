// The parameters of a query that is tried: those that somebody gave, and samples of an account for the others.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "analyzer/account.hpp"
#include "analyzer/catalogue.hpp"
#include "base/clock.hpp"
#include "postgres/connection.hpp"

namespace analyzer {

struct ArgumentFault {
    std::string parameter;
    std::string message;
};
/// What is wrong with parameters by name: they are not those of the query, or do not fit their types.
[[nodiscard]] std::vector<ArgumentFault> check_arguments(const Query& query,
                                                         const boost::json::object& given);

/// The query with its parameters, those of `given` (which was checked) or samples of the account.
[[nodiscard]] postgres::Command bind(const Query& query, const Account& account,
                                     const boost::json::object& given, base::Time now);

/// The word that most of the texts hold, of those that at most one of twenty holds.
[[nodiscard]] std::string frequent_word(const std::vector<std::string>& texts);

}  // namespace analyzer

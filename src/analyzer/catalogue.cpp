#include "analyzer/catalogue.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "analyzer/arguments.hpp"
#include "analyzer/catalogue_table.hpp"

namespace analyzer {
namespace {

using postgres::Statement;
using postgres::Type;
using Statements = std::span<const Statement* const>;

const Statement* find_statement(Statements statements, std::string_view name) {
    const auto found = std::ranges::find(statements, name, &Statement::name);
    return found == statements.end() ? nullptr : *found;
}

}  // namespace

Type Query::type_of(std::size_t i) const {
    if (statement != nullptr) return statement->types.all()[i];
    switch (parameters[i].sample) {
        case Sample::user:
        case Sample::category:
            return Type::uuid;
        case Sample::limit:
            return Type::int8;
        default:
            return Type::text;
    }
}

Catalogue::Catalogue(Statements statements) {
    for (const Entry& entry : entries())
        add(entry.query, entry.statement, statements);
    for (const Statement* statement : statements) {
        if (statement->access != postgres::Access::read ||
            std::ranges::find(unexplained(), statement->name) != unexplained().end())
            continue;
        if (find(statement->name) == nullptr)
            faults_.push_back(fmt::format("{} is not in the catalogue", statement->name));
    }
}

void Catalogue::add(Query query, std::string_view name, Statements statements) {
    if (!name.empty()) {
        query.statement = find_statement(statements, name);
        if (query.name.empty()) query.name = name;
        const std::size_t parameters = query.parameters.size();
        if (query.statement == nullptr || query.statement->types.all().size() != parameters) {
            faults_.push_back(fmt::format("{} is no statement with {} parameters", name, parameters));
            return;
        }
    }
    if (query.statement != nullptr) {
        query.recorded_as = query.statement->name;
    } else {
        // The text of a statement does not depend on what is searched for, but on there being something.
        Account anybody;
        anybody.word = "a";
        query.recorded_as = bind(query, anybody, {}, {}).statement.name;
    }
    queries_.push_back(std::move(query));
}

const Query* Catalogue::find(std::string_view name) const {
    const auto found = std::ranges::find_if(queries_, [name](const Query& query) {
        return query.name == name || (query.statement != nullptr && query.statement->name == name);
    });
    return found == queries_.end() ? nullptr : &*found;
}

}  // namespace analyzer

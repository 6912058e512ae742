#include "analyzer/conditions.hpp"

#include <algorithm>
#include <array>

namespace analyzer {
namespace {

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    return text;
}

/// Walks over SQL text and knows what is inside brackets and quotes.
class Walk {
public:
    explicit Walk(std::string_view text) : text_(text) {}

    [[nodiscard]] bool done() const { return at_ >= text_.size(); }
    [[nodiscard]] std::size_t at() const { return at_; }
    [[nodiscard]] int depth() const { return depth_; }
    [[nodiscard]] bool is_outside() const { return depth_ == 0 && quote_ == '\0'; }
    [[nodiscard]] bool starts(std::string_view word) const { return text_.substr(at_).starts_with(word); }

    // A quote that is doubled ends and begins again: the same for us.
    void step() {
        const char c = text_[at_++];
        if (quote_ != '\0') {
            if (c == quote_) quote_ = '\0';
        } else if (c == '\'' || c == '"') {
            quote_ = c;
        } else if (c == '(' || c == '[') {
            ++depth_;
        } else if (c == ')' || c == ']') {
            --depth_;
        }
    }

private:
    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
    char quote_ = '\0';
};

/// Where `word` stands outside of brackets and quotes.
std::size_t find_outside(std::string_view text, std::string_view word) {
    for (Walk walk(text); !walk.done(); walk.step())
        if (walk.is_outside() && walk.starts(word)) return walk.at();
    return std::string_view::npos;
}

std::vector<std::string_view> split_and(std::string_view text) {
    constexpr std::string_view kAnd = " AND ";
    std::vector<std::string_view> parts;
    text = without_brackets(text);
    for (std::size_t at = find_outside(text, kAnd); at != std::string_view::npos;
         at = find_outside(text, kAnd)) {
        parts.push_back(text.substr(0, at));
        text.remove_prefix(at + kAnd.size());
    }
    parts.push_back(text);
    return parts;
}

/// `b.user_id`, `user_id` or `"user"` as a column of the scope; empty: it is something else.
std::string column_of(std::string_view text, const Scope& scope) {
    text = trimmed(text);
    if (const std::size_t dot = text.find('.'); dot != std::string_view::npos) {
        if (without_brackets(text.substr(0, dot)) != scope.alias) return {};
        text.remove_prefix(dot + 1);
    }
    if (text.size() > 1 && text.starts_with('"') && text.ends_with('"')) text = text.substr(1, text.size() - 2);
    const auto found = scope.columns.find(text);
    return found == scope.columns.end() ? std::string() : found->first;
}

struct Operator {
    std::string_view text;
    ConditionKind kind;
};
// Longer ones first.
constexpr std::array<Operator, 8> kOperators{{{" >= ", ConditionKind::range},
                                              {" <= ", ConditionKind::range},
                                              {" @@ ", ConditionKind::contains},
                                              {" && ", ConditionKind::contains},
                                              {" @> ", ConditionKind::contains},
                                              {" = ", ConditionKind::equal},
                                              {" > ", ConditionKind::range},
                                              {" < ", ConditionKind::range}}};

/// The column that a comparison is about: one of both sides, or the first of a row.
std::string compared_column(std::string_view left, std::string_view right, const Scope& scope) {
    constexpr std::string_view kRow = "ROW(";
    left = trimmed(left);
    if (left.starts_with(kRow)) {
        left.remove_prefix(kRow.size());
        return column_of(left.substr(0, left.find_first_of(",)")), scope);
    }
    std::string column = column_of(left, scope);
    return column.empty() ? column_of(right, scope) : column;
}

std::optional<Condition> parse_one(std::string_view text, const Scope& scope) {
    text = without_brackets(text);
    if (std::string column = column_of(text, scope); !column.empty())
        return Condition{std::move(column), ConditionKind::is_true};
    constexpr std::string_view kNot = "NOT ";
    if (text.starts_with(kNot)) {
        std::string column = column_of(without_brackets(text.substr(kNot.size())), scope);
        if (column.empty()) return {};
        return Condition{std::move(column), ConditionKind::is_false};
    }
    constexpr std::string_view kNull = " IS NULL";
    if (text.ends_with(kNull)) {
        std::string column = column_of(text.substr(0, text.size() - kNull.size()), scope);
        if (column.empty()) return {};
        return Condition{std::move(column), ConditionKind::is_null};
    }
    if (find_outside(text, " OR ") != std::string_view::npos) return {};
    for (const Operator& one : kOperators) {
        const std::size_t at = find_outside(text, one.text);
        if (at == std::string_view::npos) continue;
        const std::string_view right = trimmed(text.substr(at + one.text.size()));
        std::string column = compared_column(text.substr(0, at), right, scope);
        if (column.empty()) return {};
        const bool is_list = one.kind == ConditionKind::equal && right.starts_with("ANY ");
        return Condition{std::move(column), is_list ? ConditionKind::range : one.kind};
    }
    return {};
}

}  // namespace

std::string_view without_brackets(std::string_view text) {
    for (;;) {
        text = trimmed(text);
        if (!text.starts_with('(') || !text.ends_with(')')) return text;
        Walk walk(text);
        walk.step();
        while (!walk.done() && walk.depth() > 0)
            walk.step();
        if (!walk.done()) return text;  // `(a) AND (b)`
        text = text.substr(1, text.size() - 2);
    }
}

std::vector<Condition> parse_conditions(std::string_view text, const Scope& scope) {
    std::vector<Condition> out;
    if (text.empty()) return out;
    for (const std::string_view part : split_and(text)) {
        auto one = parse_one(part, scope);
        if (one && std::ranges::find(out, *one) == out.end()) out.push_back(*std::move(one));
    }
    return out;
}

std::optional<std::vector<SortColumn>> parse_sort(const std::vector<std::string>& keys, const Scope& scope) {
    std::vector<SortColumn> out;
    for (const std::string& key : keys) {
        const std::string_view text = key;
        const std::size_t blank = find_outside(text, " ");
        std::string column = column_of(text.substr(0, blank), scope);
        if (column.empty()) return {};
        std::string order = blank == std::string_view::npos ? "" : key.substr(blank + 1);
        // Another collation or operator is another order than that of an index on the column.
        const std::string& collation = scope.columns.find(column)->second;
        if (const std::string own = "COLLATE " + collation; !collation.empty() && order.starts_with(own))
            order = trimmed(std::string_view(order).substr(own.size()));
        if (order != "" && order != "DESC" && order != "NULLS FIRST" && order != "DESC NULLS LAST") return {};
        out.push_back({std::move(column), std::move(order)});
    }
    return out;
}

}  // namespace analyzer

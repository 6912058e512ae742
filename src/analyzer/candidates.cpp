#include "analyzer/candidates.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace analyzer {
namespace {

/// Less than this is no work worth an index.
constexpr double kRemovedMin = 100;
constexpr double kSortedMin = 500;
constexpr std::int64_t kSkimmedMin = 10;
/// From here on nobody has to ask the planner.
constexpr double kClearRows = 1000;
constexpr double kClearShare = 0.9;
constexpr std::int64_t kClearPages = 100;

/// What a node was asked for, as far as an index could have answered it.
struct Wishes {
    std::vector<std::string> equal;
    std::vector<std::string> null;
    std::vector<std::string> range;
    std::vector<std::string> contained;
    std::vector<std::string> predicates;
    std::vector<IndexKey> sort;
};

/// What the way down to a node has told.
struct Context {
    const Node* sort = nullptr;    ///< puts what this node gives into order
    const Node* limited = nullptr;  ///< takes the first rows of what this node gives, in its order
};

void add_once(std::vector<std::string>& to, const std::string& text) {
    if (std::ranges::find(to, text) == to.end()) to.push_back(text);
}


/// The opposite order, as a scan from the end gives it.
std::string flipped(const std::string& order) {
    if (order.empty()) return "DESC";
    if (order == "DESC") return "";
    return order == "NULLS FIRST" ? "DESC NULLS LAST" : "NULLS FIRST";
}

class Search {
public:
    Search(const Tables& tables, Reach reach) : tables_(tables), reach_(reach) {}

    void walk(const Node& node, Context context) {
        if (node.loops == 0) return;  // it was never run
        if (!node.relation.empty()) look_at(node, context);
        for (const Node& child : node.children)
            walk(child, context_of(node, child, context));
    }

    std::vector<Need> take() { return std::move(needs_); }

private:
    static Context context_of(const Node& node, const Node& child, Context context);
    void look_at(const Node& node, const Context& context);
    [[nodiscard]] Wishes wishes_of(const Node& node, const Context& context, const Scope& scope) const;
    [[nodiscard]] std::vector<IndexKey> order_in_use(const Node& node) const;
    void add(Need& need, Index index) const;
    [[nodiscard]] bool exists(const Index& wanted) const;
    [[nodiscard]] std::vector<std::vector<IndexKey>> shapes_of(const Wishes& wishes) const;
    void add_candidates(Need& need, const std::string& table, const Wishes& wishes) const;
    [[nodiscard]] std::int64_t skimmed_pages(const Node& node, const Scope& scope) const;
    bool justify(Need& need, const Node& node, const Context& context, const Scope& scope) const;

    const Tables& tables_;
    Reach reach_;
    std::vector<Need> needs_;
};

Context Search::context_of(const Node& node, const Node& child, Context context) {
    if (child.role == "InitPlan" || child.role == "SubPlan") return {};
    if (node.type == "Limit") return {.sort = nullptr, .limited = &node};
    if (node.type == "Sort" || node.type == "Incremental Sort") return {.sort = &node, .limited = nullptr};
    // They keep the order of what is below them.
    if (node.type == "Nested Loop" && child.role == "Outer") return context;
    if (node.type == "Result" || node.type == "Gather Merge" || node.type == "LockRows") return context;
    return {};
}

bool Search::exists(const Index& wanted) const {
    return std::ranges::any_of(tables_.indexes, [&](const Index& one) { return covers(one, wanted); });
}

void Search::add(Need& need, Index index) const {
    if (index.keys.empty() || exists(index) ||
        std::ranges::find(need.candidates, index) != need.candidates.end())
        return;
    need.candidates.push_back(std::move(index));
}

/// What an index scan gives order by, behind the columns that `equal` holds still.
std::vector<IndexKey> Search::order_in_use(const Node& node) const {
    if (node.type != "Index Scan" && node.type != "Index Only Scan") return {};
    const auto used = std::ranges::find(tables_.indexes, node.index, &Index::name);
    if (used == tables_.indexes.end() || used->method != "btree") return {};
    std::vector<IndexKey> out;
    for (const IndexKey& key : used->keys)
        out.push_back({.column = key.column,
                       .order = node.is_backward ? flipped(key.order) : key.order,
                       .is_sorted = true});
    return out;
}

Wishes Search::wishes_of(const Node& node, const Context& context, const Scope& scope) const {
    Wishes wishes;
    for (const std::string* text : {&node.condition, &node.recheck, &node.filter}) {
        for (const Condition& one : parse_conditions(*text, scope)) {
            switch (one.kind) {
                case ConditionKind::equal:
                    add_once(wishes.equal, one.column);
                    break;
                case ConditionKind::is_null:
                    add_once(wishes.null, one.column);
                    break;
                case ConditionKind::range:
                    add_once(wishes.range, one.column);
                    break;
                case ConditionKind::contains:
                    add_once(wishes.contained, one.column);
                    break;
                case ConditionKind::is_true:
                    add_once(wishes.predicates, one.column);
                    break;
                case ConditionKind::is_false:
                    add_once(wishes.predicates, "NOT " + one.column);
                    break;
            }
        }
    }
    // The rows of a user lie together in every index of this schema.
    if (const auto of_user = std::ranges::find(wishes.equal, "user_id"); of_user != wishes.equal.end())
        std::rotate(wishes.equal.begin(), of_user, of_user + 1);
    if (context.sort != nullptr) {
        for (SortColumn& one : parse_sort(context.sort->sort_key, scope).value_or(std::vector<SortColumn>()))
            wishes.sort.push_back(
                {.column = std::move(one.column), .order = std::move(one.order), .is_sorted = true});
    } else if (context.limited != nullptr) {
        wishes.sort = order_in_use(node);
    }
    std::erase_if(wishes.sort, [&](const IndexKey& key) {
        return std::ranges::find(wishes.equal, key.column) != wishes.equal.end();
    });
    return wishes;
}

/// What an index could begin with and go on with, the simplest first.
std::vector<std::vector<IndexKey>> Search::shapes_of(const Wishes& wishes) const {
    std::vector<std::vector<IndexKey>> shapes;
    std::vector<IndexKey> still;
    const auto add_shapes = [&] {
        shapes.push_back(still);
        if (reach_ == Reach::library) return;
        if (!wishes.range.empty()) {
            shapes.push_back(still);
            shapes.back().push_back({.column = wishes.range.front()});
        }
        if (!wishes.sort.empty()) {
            shapes.push_back(still);
            shapes.back().insert(shapes.back().end(), wishes.sort.begin(), wishes.sort.end());
        }
    };
    for (const std::string& column : wishes.equal) {
        still.push_back({.column = column});
        if (reach_ == Reach::library && column == "user_id") break;
    }
    add_shapes();
    // Often true of nearly all rows: only where the others do not do.
    if (reach_ == Reach::library || wishes.null.empty()) return shapes;
    for (const std::string& column : wishes.null)
        still.push_back({.column = column});
    add_shapes();
    return shapes;
}

void Search::add_candidates(Need& need, const std::string& table, const Wishes& wishes) const {
    const std::vector<std::vector<IndexKey>> shapes = shapes_of(wishes);
    for (const std::vector<IndexKey>& keys : shapes)
        add(need, {.table = table, .keys = keys});
    if (!need.candidates.empty()) need.surest = need.candidates.size() - 1;
    if (reach_ == Reach::library) return;
    for (const std::string& predicate : wishes.predicates)
        for (const std::vector<IndexKey>& keys : shapes)
            add(need, {.table = table, .keys = keys, .predicate = predicate});
}

/// Pages of the index that a node read from one end to the other, because nothing is asked of its first column.
/// Whatever it did not want of it, nobody counts.
std::int64_t Search::skimmed_pages(const Node& node, const Scope& scope) const {
    std::int64_t pages = 0;
    for (const Node& child : node.children)
        if (child.type.starts_with("Bitmap")) pages += skimmed_pages(child, scope);
    if (node.index.empty() || node.condition.empty()) return pages;
    const auto used = std::ranges::find(tables_.indexes, node.index, &Index::name);
    if (used == tables_.indexes.end() || used->method != "btree") return pages;
    const auto conditions = parse_conditions(node.condition, scope);
    if (conditions.empty()) return pages;
    const bool leads = std::ranges::any_of(
        conditions, [&](const Condition& one) { return one.column == used->keys.front().column; });
    return leads ? pages : pages + node.hits + node.reads;
}

void Search::look_at(const Node& node, const Context& context) {
    const auto columns = tables_.columns.find(node.relation);
    if (columns == tables_.columns.end()) return;
    const Scope scope{.alias = node.alias, .columns = columns->second};
    Need need;
    if (!justify(need, node, context, scope)) return;
    const Wishes wishes = wishes_of(node, context, scope);
    add_candidates(need, node.relation, wishes);
    if (reach_ == Reach::page) {
        for (const std::string& column : wishes.contained) {
            add(need, {.table = node.relation, .method = "gin", .keys = {{.column = column}}});
            if (!need.surest && !need.candidates.empty() && need.candidates.back().method == "gin")
                need.surest = need.candidates.size() - 1;
        }
    }
    if (!need.candidates.empty()) needs_.push_back(std::move(need));
}

/// Whether a node did so much in vain that an index is worth looking for.
bool Search::justify(Need& need, const Node& node, const Context& context, const Scope& scope) const {
    const double removed = node.removed * node.loops;
    const double given = node.rows * node.loops;
    if (removed >= kRemovedMin && removed >= given) {
        need.reason = fmt::format("{} of {} rows of {} were read and thrown away", removed, removed + given,
                                  node.relation);
        need.is_clear = removed >= kClearRows && removed >= kClearShare * (removed + given);
        return true;
    }
    // Under a limit a sort gives what is taken of it.
    const double taken = context.sort == nullptr ? given : context.sort->rows * context.sort->loops;
    if (given >= kSortedMin && taken * 2 <= given) {
        need.reason = fmt::format("{} rows of {} were sorted for {}", given, node.relation, taken);
        need.is_clear = given >= kClearRows && taken <= (1 - kClearShare) * given;
        return true;
    }
    const std::int64_t pages = skimmed_pages(node, scope);
    if (pages < kSkimmedMin || static_cast<double>(pages) < given) return false;
    need.reason = fmt::format("{} pages of an index of {} were read from end to end for {} rows", pages,
                              node.relation, given);
    need.is_clear = pages >= kClearPages && given <= (1 - kClearShare) * static_cast<double>(pages);
    return true;
}

std::string columns_text(const Index& index) {
    std::string out;
    for (const IndexKey& key : index.keys) {
        if (!out.empty()) out += ", ";
        out += key.column;
        if (!key.order.empty()) out += " " + key.order;
    }
    return out;
}

std::string rest_of_definition(const Index& index) {
    std::string out = fmt::format("ON {} ", index.table);
    if (index.method != "btree") out += fmt::format("USING {} ", index.method);
    out += fmt::format("({})", columns_text(index));
    if (!index.predicate.empty()) out += " WHERE " + index.predicate;
    return out;
}

}  // namespace

std::vector<Need> needs_of(const Plan& plan, const Tables& tables, Reach reach) {
    Search search(tables, reach);
    search.walk(plan.root, {});
    return search.take();
}

bool covers(const Index& existing, const Index& wanted) {
    if (existing.table != wanted.table || existing.method != wanted.method ||
        existing.keys.size() < wanted.keys.size())
        return false;
    if (existing.predicate != wanted.predicate) return false;
    bool same = true;
    bool opposite = true;
    for (std::size_t i = 0; i < wanted.keys.size(); ++i) {
        const IndexKey& key = wanted.keys[i];
        if (existing.keys[i].column != key.column) return false;
        if (!key.is_sorted) continue;
        same = same && existing.keys[i].order == key.order;
        opposite = opposite && existing.keys[i].order == flipped(key.order);
    }
    return same || opposite;
}

std::string definition_of(const Index& index) {
    return "CREATE INDEX " + rest_of_definition(index);
}

std::string ddl_of(const Index& index) {
    return "CREATE INDEX CONCURRENTLY " + rest_of_definition(index);
}

}  // namespace analyzer

#include "observe/queries.hpp"

namespace observe {
namespace {

constexpr std::chrono::minutes kPlanEvery{1};
constexpr std::size_t kUnplannedMax = 16;

}  // namespace

void Queries::Recorder::add(const Ran& ran) {
    Cells* cells = nullptr;
    {
        const std::scoped_lock lock(mutex_);
        auto found = by_name_.find(ran.name);
        if (found == by_name_.end()) {
            const std::string_view name = by_name_.size() < kNamesMax ? ran.name : "other";
            found = by_name_.find(name);
            if (found == by_name_.end())
                found = by_name_.emplace(std::string(name), std::make_unique<Cells>()).first;
        }
        cells = found->second.get();
    }
    cells->durations.add(ran.duration);
    if (!ran.sqlstate.empty()) {
        cells->errors.add();
        queries_.add_error(ran.sqlstate);
    }
    if (!is_slow(ran.duration)) return;
    cells->slow.add();
    queries_.add_slow(ran);
}

Queries::Recorder& Queries::make_recorder() {
    const std::scoped_lock lock(mutex_);
    return *recorders_.emplace_back(std::make_unique<Recorder>(*this));
}

std::map<std::string, QueryTotals> Queries::totals() const {
    std::map<std::string, QueryTotals> out;
    const std::scoped_lock lock(mutex_);
    for (const auto& recorder : recorders_) {
        const std::scoped_lock of_recorder(recorder->mutex_);
        for (const auto& [name, cells] : recorder->by_name_) {
            QueryTotals& totals = out[name];
            totals.durations += cells->durations.read();
            totals.errors += cells->errors.read();
            totals.slow += cells->slow.read();
        }
    }
    return out;
}

Durations Queries::waits() const {
    Durations out;
    const std::scoped_lock lock(mutex_);
    for (const auto& recorder : recorders_)
        out += recorder->waits_.read();
    return out;
}

std::map<std::string, std::uint64_t> Queries::errors() const {
    const std::scoped_lock lock(mutex_);
    return {errors_.begin(), errors_.end()};
}

void Queries::add_error(std::string_view sqlstate) {
    const std::scoped_lock lock(mutex_);
    const auto found = errors_.find(sqlstate);
    if (found != errors_.end())
        ++found->second;
    else
        errors_.emplace(std::string(sqlstate), 1);
}

void Queries::add_slow(const Ran& ran) {
    SlowQuery slow{.name = std::string(ran.name),
                   .sql = std::string(ran.sql),
                   .duration = ran.duration,
                   .at = clock_.now(),
                   .success = ran.sqlstate.empty(),
                   .rows = ran.rows,
                   .types = ran.types};
    {
        const std::scoped_lock lock(mutex_);
        slow.id = next_id_++;
        const base::SteadyTime now = clock_.steady();
        const auto planned = planned_.find(slow.name);
        const bool due = planned == planned_.end() || now - planned->second >= kPlanEvery;
        if (due && unplanned_.size() < kUnplannedMax && planned_.size() < kNamesMax) {
            planned_[slow.name] = now;
            unplanned_.push_back(slow);
        }
    }
    slow_queries_.add(std::move(slow));
}

void Queries::set_plan(std::uint64_t id, const std::string& plan) {
    slow_queries_.change([&](SlowQuery& query) {
        if (query.id != id) return false;
        query.plan = plan;
        return true;
    });
}

std::vector<SlowQuery> Queries::take_unplanned() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(unplanned_, {});
}

}  // namespace observe

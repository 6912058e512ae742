#include "observe/counters.hpp"

#include <stdexcept>

namespace observe {
namespace {

const std::array<FamilyInfo, static_cast<std::size_t>(Family::kCount)>& families() {
    static const std::array<FamilyInfo, static_cast<std::size_t>(Family::kCount)> kFamilies{{
        {"xbm_auth_failures_total",
         "Requests refused for their credential, by error code.",
         Kind::counter,
         {"code"}},
        {"xbm_job_duration_seconds", "Time that one attempt of a job took.", Kind::histogram, {"type"}},
        {"xbm_job_failures_total",
         "Attempts of jobs that failed, by what became of the job.",
         Kind::counter,
         {"type", "state"}},
        {"xbm_x_requests_total",
         "Requests sent to X, by kind and HTTP status; 0: no answer.",
         Kind::counter,
         {"endpoint", "status"}},
        {"xbm_x_rate_remaining",
         "Requests that X still allowed, as it said last.",
         Kind::gauge,
         {"endpoint"}},
        {"xbm_import_records_total",
         "Records of import files, by format and what became of them.",
         Kind::counter,
         {"format", "result"}},
        {"xbm_alerts_sent_total",
         "Notices sent to the webhook, by alert and whether they arrived.",
         Kind::counter,
         {"alert", "result"}},
    }};
    return kFamilies;
}

}  // namespace

const FamilyInfo& info(Family family) {
    return families().at(static_cast<std::size_t>(family));
}

Counters::Value& Counters::value_of(Family family, Labels labels) {
    if (labels.size() != info(family).labels.size()) throw std::logic_error("labels do not fit the family");
    Series& series = series_.at(static_cast<std::size_t>(family));
    std::vector<std::string> key(labels.begin(), labels.end());
    const auto found = series.find(key);
    if (found != series.end()) return found->second;
    if (series.size() >= kSeriesMax) key.assign(labels.size(), "other");
    return series[std::move(key)];
}

void Counters::add(Family family, Labels labels, double amount) {
    const std::scoped_lock lock(mutex_);
    value_of(family, labels).value += amount;
}

void Counters::set(Family family, Labels labels, double value) {
    const std::scoped_lock lock(mutex_);
    value_of(family, labels).value = value;
}

void Counters::observe(Family family, Labels labels, std::chrono::microseconds duration) {
    const std::scoped_lock lock(mutex_);
    Durations& durations = value_of(family, labels).durations;
    ++durations.counts[class_of(duration)];
    durations.microseconds += static_cast<std::uint64_t>(duration.count() > 0 ? duration.count() : 0);
}

std::vector<Counters::Sample> Counters::read(Family family) const {
    std::vector<Sample> out;
    const std::scoped_lock lock(mutex_);
    for (const auto& [labels, value] : series_.at(static_cast<std::size_t>(family)))
        out.push_back({labels, value.value, value.durations});
    return out;
}

}  // namespace observe

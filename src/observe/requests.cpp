#include "observe/requests.hpp"

#include <algorithm>

namespace observe {
namespace {

std::size_t place_of(unsigned status) {
    // Nearly all are 200 or 304; the list is short and in order.
    if (status == 200) return 1;
    const auto found = std::ranges::lower_bound(kStatuses, status);
    return found != kStatuses.end() && *found == status ? static_cast<std::size_t>(found - kStatuses.begin())
                                                        : 0;
}

template <class Array>
void add_all(Array& sums, const Array& others) {
    for (std::size_t i = 0; i < sums.size(); ++i)
        sums[i] += others[i];
}
template <class Array>
void take_all(Array& sums, const Array& others) {
    for (std::size_t i = 0; i < sums.size(); ++i)
        sums[i] -= others[i];
}

}  // namespace

std::uint64_t RouteTotals::failures() const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kStatuses.size(); ++i)
        sum += kStatuses[i] >= 500 && kStatuses[i] != 503 ? by_status[i] : 0;
    return sum;
}

RouteTotals& RouteTotals::operator+=(const RouteTotals& other) {
    add_all(by_status, other.by_status);
    add_all(bytes, other.bytes);
    durations += other.durations;
    slow += other.slow;
    database_us += other.database_us;
    statements += other.statements;
    cacheable += other.cacheable;
    hits += other.hits;
    encodable += other.encodable;
    encoded += other.encoded;
    return *this;
}

RouteTotals& RouteTotals::operator-=(const RouteTotals& earlier) {
    take_all(by_status, earlier.by_status);
    take_all(bytes, earlier.bytes);
    durations -= earlier.durations;
    slow -= earlier.slow;
    database_us -= earlier.database_us;
    statements -= earlier.statements;
    cacheable -= earlier.cacheable;
    hits -= earlier.hits;
    encodable -= earlier.encodable;
    encoded -= earlier.encoded;
    return *this;
}

Requests::Requests(std::size_t routes) {
    for (std::size_t i = 0; i <= routes; ++i)
        routes_.push_back(std::make_unique<Cells>());
}

void Requests::add(const Answered& answered) {
    Cells& cells = *routes_[std::min(answered.route, routes_.size() - 1)];
    cells.by_status[place_of(answered.status)].add();
    cells.bytes[answered.coding % kCodings].add(answered.bytes);
    cells.durations.add(answered.duration);
    if (answered.slow) cells.slow.add();
    if (answered.statements > 0) {
        cells.statements.add(answered.statements);
        cells.database_us.add(static_cast<std::uint64_t>(answered.database.count()));
    }
    if (answered.cacheable) cells.cacheable.add();
    if (answered.hit) cells.hits.add();
    if (answered.encodable) {
        cells.encodable.add();
        if (answered.encoded) cells.encoded.add();
    }
}

void Requests::add_to(std::vector<RouteTotals>& totals) const {
    totals.resize(std::max(totals.size(), routes_.size()));
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        const Cells& cells = *routes_[i];
        RouteTotals one;
        for (std::size_t s = 0; s < kStatuses.size(); ++s)
            one.by_status[s] = cells.by_status[s].read();
        for (std::size_t c = 0; c < kCodings; ++c)
            one.bytes[c] = cells.bytes[c].read();
        one.durations = cells.durations.read();
        one.slow = cells.slow.read();
        one.database_us = cells.database_us.read();
        one.statements = cells.statements.read();
        one.cacheable = cells.cacheable.read();
        one.hits = cells.hits.read();
        one.encodable = cells.encodable.read();
        one.encoded = cells.encoded.read();
        totals[i] += one;
    }
}

}  // namespace observe

#include "observe/cells.hpp"

#include <numeric>

namespace observe {

std::uint64_t Durations::total() const {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

double Durations::mean_ms() const {
    const auto count = total();
    return count == 0 ? 0.0 : static_cast<double>(microseconds) / 1000.0 / static_cast<double>(count);
}

double Durations::quantile_ms(double q) const {
    const double rank = q * static_cast<double>(total());
    double below = 0;
    double lower = 0;
    for (std::size_t i = 0; i < kBounds.size(); ++i) {
        const auto upper = static_cast<double>(kBounds[i]);
        const auto count = static_cast<double>(counts[i]);
        if (count > 0 && below + count >= rank)
            return (lower + (upper - lower) * (rank - below) / count) / 1000.0;
        below += count;
        lower = upper;
    }
    return total() == 0 ? 0.0 : lower / 1000.0;
}

Durations& Durations::operator+=(const Durations& other) {
    for (std::size_t i = 0; i < kClasses; ++i)
        counts[i] += other.counts[i];
    microseconds += other.microseconds;
    return *this;
}

Durations& Durations::operator-=(const Durations& earlier) {
    for (std::size_t i = 0; i < kClasses; ++i)
        counts[i] -= earlier.counts[i];
    microseconds -= earlier.microseconds;
    return *this;
}

Durations Histogram::read() const {
    Durations out;
    for (std::size_t i = 0; i < kClasses; ++i)
        out.counts[i] = counts_[i].read();
    out.microseconds = microseconds_.read();
    return out;
}

}  // namespace observe

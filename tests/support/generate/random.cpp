#include "random.hpp"

#include <cmath>

namespace generate {

Zipf::Zipf(std::size_t size, double exponent) : threshold_(size, 1.0), alias_(size) {
    double sum = 0;
    std::vector<double> share(size);
    for (std::size_t rank = 0; rank < size; ++rank)
        sum += share[rank] = 1.0 / std::pow(static_cast<double>(rank + 1), exponent);
    std::vector<std::size_t> small;
    std::vector<std::size_t> large;
    for (std::size_t rank = 0; rank < size; ++rank) {
        alias_[rank] = rank;
        share[rank] *= static_cast<double>(size) / sum;
        (share[rank] < 1.0 ? small : large).push_back(rank);
    }
    while (!small.empty() && !large.empty()) {
        const std::size_t low = small.back();
        const std::size_t high = large.back();
        small.pop_back();
        threshold_[low] = share[low];
        alias_[low] = high;
        share[high] -= 1.0 - share[low];
        if (share[high] >= 1.0) continue;
        large.pop_back();
        small.push_back(high);
    }
}

}  // namespace generate

// Random numbers that are the same on every machine and for every order of generation: each post has its own
// stream, made from the seed and its number.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace generate {

/// SplitMix64 (Steele, Lea, Flood 2014). The standard library's distributions differ between implementations,
/// so the few that are needed are here.
class Random {
public:
    Random(std::uint64_t seed, std::uint64_t stream) : state_(seed * 0x9E3779B97F4A7C15U ^ mix(stream + 1)) {}

    std::uint64_t next() {
        state_ += 0x9E3779B97F4A7C15U;
        return mix(state_);
    }
    /// In `[0, limit)`; `limit` is above 0. The bias is below 2^-32 for what is asked here.
    std::uint64_t below(std::uint64_t limit) {
        return static_cast<std::uint64_t>((next() >> 32) * limit >> 32);
    }
    std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }
    bool chance(unsigned percent) { return below(100) < percent; }
    double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
    template <class List>
    const auto& pick(const List& list) {
        return list[below(std::size(list))];
    }

private:
    static std::uint64_t mix(std::uint64_t value) {
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9U;
        value = (value ^ value >> 27) * 0x94D049BB133111EBU;
        return value ^ value >> 31;
    }
    std::uint64_t state_;
};

/// Ranks `0 … size-1` with probability proportional to 1 / (rank + 1)^exponent, in constant time (alias
/// method of Walker and Vose).
class Zipf {
public:
    Zipf(std::size_t size, double exponent);
    std::size_t operator()(Random& random) const {
        const std::size_t slot = random.below(threshold_.size());
        return random.unit() < threshold_[slot] ? slot : alias_[slot];
    }

private:
    std::vector<double> threshold_;
    std::vector<std::size_t> alias_;
};

}  // namespace generate

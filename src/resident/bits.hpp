// A set of the documents of a segment: one bit each, in the order of the list.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace resident {

class Bits {
public:
    Bits() = default;
    explicit Bits(std::size_t size, bool value = false)
        : size_(size), words_((size + 63) / 64, value ? ~std::uint64_t{0} : 0) {
        clear_rest();
    }

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool test(std::size_t i) const { return (words_[i / 64] >> i % 64 & 1) != 0; }
    void set(std::size_t i) { words_[i / 64] |= std::uint64_t{1} << i % 64; }
    void reset(std::size_t i) { words_[i / 64] &= ~(std::uint64_t{1} << i % 64); }
    void operator&=(const Bits& other) {
        for (std::size_t w = 0; w < words_.size(); ++w)
            words_[w] &= other.words_[w];
    }
    void operator|=(const Bits& other) {
        for (std::size_t w = 0; w < words_.size(); ++w)
            words_[w] |= other.words_[w];
    }
    void flip() {
        for (std::uint64_t& word : words_)
            word = ~word;
        clear_rest();
    }
    [[nodiscard]] std::size_t count() const { return count(0, size_); }
    /// Of the bits from `begin` to in front of `end`.
    [[nodiscard]] std::size_t count(std::size_t begin, std::size_t end) const {
        std::size_t sum = 0;
        for (std::size_t w = begin / 64; w * 64 < end; ++w) {
            std::uint64_t word = words_[w];
            if (w * 64 < begin) word &= ~std::uint64_t{0} << begin % 64;
            if (end - w * 64 < 64) word &= (std::uint64_t{1} << (end - w * 64)) - 1;
            sum += static_cast<std::size_t>(std::popcount(word));
        }
        return sum;
    }
    /// The first set bit at or behind `i`; `size()` when there is none.
    [[nodiscard]] std::size_t next(std::size_t i) const {
        if (i >= size_) return size_;
        std::size_t w = i / 64;
        std::uint64_t word = words_[w] & ~std::uint64_t{0} << i % 64;
        while (word == 0) {
            if (++w == words_.size()) return size_;
            word = words_[w];
        }
        return w * 64 + static_cast<std::size_t>(std::countr_zero(word));
    }
    /// One behind the last set bit in front of `end`; 0 when there is none.
    [[nodiscard]] std::size_t previous(std::size_t end) const {
        while (end > 0) {
            const std::size_t w = (end - 1) / 64;
            std::uint64_t word = words_[w];
            if (end % 64 != 0) word &= (std::uint64_t{1} << end % 64) - 1;
            if (word != 0) return w * 64 + 64 - static_cast<std::size_t>(std::countl_zero(word));
            end = w * 64;
        }
        return 0;
    }
    template <class Visit>
    void each(Visit visit) const {
        for (std::size_t w = 0; w < words_.size(); ++w)
            for (std::uint64_t word = words_[w]; word != 0; word &= word - 1)
                visit(w * 64 + static_cast<std::size_t>(std::countr_zero(word)));
    }
    /// Bit i = `holds(i)`.
    template <class Predicate>
    static Bits where(std::size_t size, Predicate holds) {
        Bits bits(size);
        for (std::size_t w = 0; w < bits.words_.size(); ++w) {
            const std::size_t end = std::min<std::size_t>(64, size - w * 64);
            std::uint64_t word = 0;
            for (std::size_t i = 0; i < end; ++i)
                word |= std::uint64_t{holds(w * 64 + i)} << i;
            bits.words_[w] = word;
        }
        return bits;
    }
    [[nodiscard]] std::size_t bytes() const { return words_.capacity() * sizeof(std::uint64_t); }

private:
    void clear_rest() {
        if (size_ % 64 != 0) words_.back() &= (std::uint64_t{1} << size_ % 64) - 1;
    }

    std::size_t size_ = 0;
    std::vector<std::uint64_t> words_;
};

}  // namespace resident

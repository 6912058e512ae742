// Every set of vector instructions that this processor has, and the one without vectors, against a search
// byte by byte.
#include "resident/scan.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace resident {
namespace {

using Marks = std::vector<std::uint8_t>;

/// A text with its borders, at any alignment.
class Text {
public:
    Text(std::string_view text, std::vector<std::uint32_t> borders, std::size_t alignment)
        : memory_(alignment + text.size() + kPadding, '\xFF'),
          alignment_(alignment),
          size_(text.size()),
          borders_(std::move(borders)) {
        text.copy(memory_.data() + alignment, text.size());
    }
    [[nodiscard]] Haystack haystack() const { return {memory_.data() + alignment_, size_, borders_}; }
    [[nodiscard]] std::size_t documents() const { return (borders_.size() + kRegions - 1) / kRegions; }
    [[nodiscard]] std::string_view region(std::size_t r) const {
        const std::uint32_t begin = r == 0 ? 0 : borders_[r - 1];
        return std::string_view(memory_).substr(alignment_ + begin, borders_[r] - begin);
    }
    [[nodiscard]] Marks expected(std::string_view needle) const {
        Marks marks(documents());
        for (std::size_t r = 0; r < borders_.size(); ++r)
            if (region(r).contains(needle))
                marks[r / kRegions] |= static_cast<std::uint8_t>(1U << (r % kRegions));
        return marks;
    }

private:
    std::string memory_;
    std::size_t alignment_;
    std::size_t size_;
    std::vector<std::uint32_t> borders_;
};

Marks found(const Text& text, std::string_view needle, std::array<std::size_t, 2> probes) {
    Marks marks(text.documents());
    scan(text.haystack(), {.bytes = needle, .probes = probes}, marks);
    return marks;
}

class ScanTest : public testing::TestWithParam<std::int64_t> {
protected:
    void SetUp() override { choose(GetParam()); }
    void TearDown() override { choose(0); }

private:
    static void choose(std::int64_t targets) {
        hwy::SetSupportedTargetsForTest(targets);
        hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    }
};

TEST_P(ScanTest, FindsAtEveryPlaceOfEveryAlignment) {
    const std::string needle = "の";
    for (std::size_t alignment = 0; alignment < 64; ++alignment) {
        for (std::size_t place = 0; place < 150; ++place) {
            std::string plain(place, 'a');
            plain += needle + std::string(70, 'b');
            const auto size = static_cast<std::uint32_t>(plain.size());
            const auto middle = static_cast<std::uint32_t>(place);
            const Text text(plain, {middle, middle, size, size}, alignment);
            ASSERT_EQ(found(text, needle, {0, 2}), Marks{4}) << alignment << ' ' << place;
        }
    }
}

TEST_P(ScanTest, NeverFindsBehindTheEnd) {
    // The padding begins with what the needle ends with.
    const std::string needle("ab\xFF\xFF", 4);
    for (std::size_t size = 2; size < 140; ++size) {
        std::string plain(size - 2, 'x');
        plain += "ab";
        const Text text(plain, {static_cast<std::uint32_t>(size)}, 0);
        ASSERT_EQ(found(text, needle, {0, 1}), Marks{0}) << size;
    }
    const Text empty("", {}, 0);
    EXPECT_EQ(found(empty, "a", {0, 0}), Marks{});
}

TEST_P(ScanTest, AgreesWithSearchByteByByte) {
    std::mt19937 random(7);
    const auto below = [&random](std::size_t n) {
        return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
    };
    for (int round = 0; round < 600; ++round) {
        const std::size_t letters = 1 + below(3);
        std::string plain;
        std::vector<std::uint32_t> borders;
        for (std::size_t r = 4 * (1 + below(40)); r > 0; --r) {
            for (std::size_t left = below(3) == 0 ? below(200) : below(8); left > 0; --left)
                plain += static_cast<char>('a' + below(letters));
            if (below(4) != 0)
                plain += '\xFF';  // so that no occurrence crosses a border
            else
                while (!plain.empty() && plain.back() != '\xFF' &&
                       (borders.empty() || plain.size() > borders.back()))
                    plain.pop_back();
            borders.push_back(static_cast<std::uint32_t>(plain.size()));
        }
        const Text text(plain, borders, below(64));
        std::string needle;
        for (std::size_t left = 1 + below(below(4) == 0 ? 90 : 5); left > 0; --left)
            needle += static_cast<char>('a' + below(letters));
        const std::size_t probes = std::min(needle.size(), kProbeMax);
        ASSERT_EQ(found(text, needle, {below(probes), below(probes)}), text.expected(needle)) << round;
    }
}

TEST_P(ScanTest, ChecksDecide) {
    // Only the third place of a region counts; regions with an x in front are left at the first one.
    struct Context {
        const Text& text;
        std::vector<int> seen;
    };
    const Text text(
        "aaaa\xFF"
        "xaaaa\xFF"
        "aa\xFF"
        "aaa\xFF",
        {5, 11, 14, 18}, 0);
    Context context{text, std::vector<int>(4)};
    const auto check = [](const void* pointer, std::size_t, std::size_t region) {
        auto& seen = *static_cast<Context*>(const_cast<void*>(pointer));
        if (seen.text.region(region).starts_with('x')) return ++seen.seen[region], Verdict::none;
        return ++seen.seen[region] == 3 ? Verdict::hit : Verdict::other;
    };
    Marks marks(1);
    scan(text.haystack(), {.bytes = "a", .probes = {0, 0}, .check = check, .context = &context}, marks);
    EXPECT_EQ(marks, Marks{0b1001});
    EXPECT_EQ(context.seen, (std::vector<int>{3, 1, 2, 3}));
}

INSTANTIATE_TEST_SUITE_P(Targets, ScanTest, testing::ValuesIn(hwy::SupportedAndGeneratedTargets()),
                         [](const auto& info) { return std::string(hwy::TargetName(info.param)); });

TEST(ScanTargets, FallbackIsAmongThem) {
    const auto targets = hwy::SupportedAndGeneratedTargets();
    EXPECT_GE(targets.size(), 2U);
    EXPECT_TRUE(
        std::ranges::any_of(targets, [](std::int64_t t) { return t == HWY_EMU128 || t == HWY_SCALAR; }));
}

TEST(Probes, AreTheRarestBytes) {
    std::array<std::uint32_t, 256> frequency{};
    frequency['e'] = 100;
    frequency['t'] = 90;
    frequency['q'] = 1;
    frequency['z'] = 2;
    EXPECT_EQ(choose_probes("etqtze", frequency), (std::array<std::size_t, 2>{2, 4}));
    EXPECT_EQ(choose_probes("e", frequency), (std::array<std::size_t, 2>{0, 0}));
    EXPECT_EQ(choose_probes("qe", frequency), (std::array<std::size_t, 2>{0, 1}));
    const std::string longer(1000, 'e');
    for (const std::size_t probe : choose_probes(longer + "q", frequency))
        EXPECT_LT(probe, kProbeMax);
}

}  // namespace
}  // namespace resident

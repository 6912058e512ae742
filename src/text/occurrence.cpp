#include "text/occurrence.hpp"

#include <algorithm>

#include "text/decode.hpp"

namespace text {
namespace {

bool is_word_at(std::string_view text, std::size_t position) {
    return position < text.size() && script_of(decode(text, position)) == Script::word;
}

bool is_word_before(std::string_view text, std::size_t position) {
    return position > 0 && script_of(decode_before(text, position)) == Script::word;
}

std::size_t end_of_word(std::string_view text, std::size_t position) {
    while (position < text.size()) {
        std::size_t next = position;
        if (script_of(decode(text, next)) != Script::word) break;
        position = next;
    }
    return position;
}

/// One part: any substring of cjk, whole words or beginnings of words.
std::vector<Occurrence> find_single(std::string_view text, const Part& part, std::size_t max) {
    std::vector<Occurrence> found;
    for (auto begin = text.find(part.text); begin != std::string_view::npos && found.size() < max;
         begin = text.find(part.text, begin + 1)) {
        const std::size_t end = begin + part.text.size();
        if (is_occurrence(text, begin, part))
            found.push_back({begin, part.prefix ? end_of_word(text, end) : end});
    }
    return found;
}

/// Several parts are runs in a row: the first one ends its run, the last one begins its run, and those
/// between are whole runs. The latter are found in linear time (Knuth, Morris, Pratt): trying every start
/// took 230 ms for a phrase of 500 equal words in 100 KB of them, and a query must not hold up a worker.
class PhraseSearch {
public:
    PhraseSearch(std::string_view text, std::span<const Part> parts)
        : text_(text),
          runs_(split_runs(text)),
          first_(parts.front()),
          middle_(parts.subspan(1, parts.size() - 2)),
          last_(parts.back()),
          fallback_(middle_.size()) {
        for (std::size_t i = 1, matched = 0; i < middle_.size(); ++i) {
            matched = advance(matched, middle_[i].text);
            fallback_[i] = matched;
        }
    }

    std::vector<Occurrence> find(std::size_t max) const {
        std::vector<Occurrence> found;
        std::size_t matched = 0;
        for (std::size_t i = 1; i < runs_.size() && found.size() < max; ++i) {
            if (matched == middle_.size()) add_if_complete(i, found);
            matched = advance(matched, text_of(runs_[i]));
        }
        return found;
    }

private:
    [[nodiscard]] std::string_view text_of(const Run& run) const {
        return text_.substr(run.begin, run.end - run.begin);
    }

    /// How many parts of the middle are matched behind `run` when `matched` were in front of it.
    [[nodiscard]] std::size_t advance(std::size_t matched, std::string_view run) const {
        if (middle_.empty()) return 0;
        while (matched == middle_.size() || (matched > 0 && middle_[matched].text != run))
            matched = fallback_[matched - 1];
        return middle_[matched].text == run ? matched + 1 : 0;
    }

    /// The middle ends in front of run `i`; looks at the runs around it.
    void add_if_complete(std::size_t i, std::vector<Occurrence>& found) const {
        if (i < middle_.size() + 1) return;
        const Run& before = runs_[i - middle_.size() - 1];
        const Run& behind = runs_[i];
        if (!agrees(text_of(before), first_, text_of(before).ends_with(first_.text)) ||
            !agrees(text_of(behind), last_, text_of(behind).starts_with(last_.text)))
            return;
        found.push_back(
            {before.end - first_.text.size(), last_.prefix ? behind.end : behind.begin + last_.text.size()});
    }

    static bool agrees(std::string_view run, const Part& part, bool at_border) {
        return at_border && (part.script == Script::cjk || part.prefix || run.size() == part.text.size());
    }

    std::string_view text_;
    std::vector<Run> runs_;
    const Part& first_;
    std::span<const Part> middle_;
    const Part& last_;
    std::vector<std::size_t> fallback_;
};

}  // namespace

bool is_occurrence(std::string_view text, std::size_t begin, const Part& part) {
    if (part.script == Script::cjk) return true;
    return !is_word_before(text, begin) && (part.prefix || !is_word_at(text, begin + part.text.size()));
}

std::vector<Occurrence> find_occurrences(std::string_view folded, std::span<const Part> parts,
                                         std::size_t max) {
    if (parts.size() == 1) return find_single(folded, parts.front(), max);
    // Most documents lack one of the parts, and finding that out is much cheaper than cutting them into runs.
    if (!std::ranges::all_of(parts, [&](const Part& part) { return folded.contains(part.text); })) return {};
    return PhraseSearch(folded, parts).find(max);
}

}  // namespace text

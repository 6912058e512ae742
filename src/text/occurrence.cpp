#include "text/occurrence.hpp"

#include "text/decode.hpp"

namespace text {
namespace {

Script script_at(std::string_view text, std::size_t position) {
    return position < text.size() ? script_of(decode(text, position)) : Script::none;
}

Script script_before(std::string_view text, std::size_t position) {
    return position > 0 ? script_of(decode_before(text, position)) : Script::none;
}

/// Moves over the code points of one script.
std::size_t skip(std::string_view text, std::size_t position, Script script) {
    while (position < text.size()) {
        std::size_t next = position;
        if (script_of(decode(text, next)) != script) break;
        position = next;
    }
    return position;
}

/// The end of `parts` when they stand at `position`. A part that another one follows must end where its run
/// ends; the following one then begins where the next run begins, whatever separates them.
std::optional<std::size_t> end_of_match(std::string_view text, std::size_t position,
                                        std::span<const Part> parts) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const Part& part = parts[i];
        if (i > 0) position = skip(text, position, Script::none);
        if (!text.substr(position).starts_with(part.text)) return {};
        position += part.text.size();
        if (part.prefix) return skip(text, position, Script::word);
        const bool may_go_on = i + 1 == parts.size() && part.script == Script::cjk;
        if (!may_go_on && script_at(text, position) == part.script) return {};
    }
    return position;
}

}  // namespace

std::optional<Occurrence> find_occurrence(std::string_view folded, std::span<const Part> parts,
                                          std::size_t from) {
    const Part& first = parts.front();
    for (auto begin = folded.find(first.text, from); begin != std::string_view::npos;
         begin = folded.find(first.text, begin + 1)) {
        if (first.script == Script::word && script_before(folded, begin) == Script::word) continue;
        if (const auto end = end_of_match(folded, begin, parts)) return Occurrence{begin, *end};
    }
    return {};
}

}  // namespace text

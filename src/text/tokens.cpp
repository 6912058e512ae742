#include "text/tokens.hpp"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include "text/decode.hpp"

namespace text {
namespace {

/// All letters of Unicode 15 lie below; above are tags, selectors and private use.
constexpr char32_t kTableEnd = 0x34000;

Script classify(UChar32 c) {
    const std::uint32_t category = U_GET_GC_MASK(c);
    constexpr std::uint32_t kLetter = U_GC_L_MASK | U_GC_MN_MASK | U_GC_MC_MASK | U_GC_NL_MASK;
    if ((category & (kLetter | U_GC_ND_MASK | U_GC_NO_MASK)) == 0) return Script::none;
    if ((category & kLetter) == 0) return Script::word;
    // Script extensions, because ー, 〆 and the voicing marks belong to several scripts.
    for (const UScriptCode script : {USCRIPT_HAN, USCRIPT_HIRAGANA, USCRIPT_KATAKANA, USCRIPT_HANGUL}) {
        if (uscript_hasScript(c, script)) return Script::cjk;
    }
    return Script::word;
}

const std::vector<Script>& script_table() {
    static const std::vector<Script> table = [] {
        std::vector<Script> scripts(kTableEnd);
        for (char32_t c = 0; c < kTableEnd; ++c)
            scripts[c] = classify(static_cast<UChar32>(c));
        return scripts;
    }();
    return table;
}

/// One token per character of the run.
void add_cjk(std::string_view folded, const Run& run, std::uint32_t& position, std::vector<Token>& tokens) {
    std::size_t begin = run.begin;
    std::size_t next = begin;
    decode(folded, next);
    while (begin < run.end) {
        std::size_t end = next;
        if (end < run.end) decode(folded, end);
        tokens.push_back(
            {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), position++, Script::cjk});
        begin = next;
        next = end;
    }
}

}  // namespace

Script script_of(char32_t code_point) {
    return code_point < kTableEnd ? script_table()[code_point] : classify(static_cast<UChar32>(code_point));
}

std::vector<Run> split_runs(std::string_view folded) {
    const std::vector<Script>& scripts = script_table();
    std::vector<Run> runs;
    Script open = Script::none;
    for (std::size_t position = 0; position < folded.size();) {
        const auto begin = static_cast<std::uint32_t>(position);
        const char32_t c = decode(folded, position);
        const Script script = c < kTableEnd ? scripts[c] : script_of(c);
        if (script != Script::none) {
            if (script != open) runs.push_back({begin, begin, script});
            runs.back().end = static_cast<std::uint32_t>(position);
        }
        open = script;
    }
    return runs;
}

std::vector<Token> split_tokens(std::string_view folded) {
    std::vector<Token> tokens;
    tokens.reserve(folded.size() / 4 + 1);
    std::uint32_t position = 1;
    for (const Run& run : split_runs(folded)) {
        if (run.script == Script::cjk)
            add_cjk(folded, run, position, tokens);
        else
            tokens.push_back({run.begin, run.end, position++, Script::word});
    }
    return tokens;
}

}  // namespace text

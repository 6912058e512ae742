#include "text/decode.hpp"
#include "text/query.hpp"

namespace text {
namespace {

/// One lexeme of a phrase and where it stands, counted from the first position of the phrase.
struct Operand {
    std::string_view lexeme;  ///< without prefix
    std::uint32_t position;
    bool prefix;
};

/// The bigrams of a cjk part, one per position, because a break between runs takes no position: 料理 <2> 技術
/// alone would also match 料理、技術. The lexeme of a single character exists only at the end of a run; the
/// positions alone tell that a run ends in front of a word or begins behind anything, but not that it ends in
/// front of another cjk run.
void add_cjk(const Part& part, const Part* following, std::uint32_t& position,
             std::vector<Operand>& operands) {
    const std::string_view text = part.text;
    const bool ends_here = following != nullptr && following->script == Script::cjk;
    std::size_t begin = 0;
    std::size_t next = 0;
    decode(text, next);
    const bool single = next == text.size();
    while (begin < text.size()) {
        std::size_t end = next;
        if (next < text.size()) decode(text, end);
        const bool last = next == text.size();
        if (!last || single || ends_here)
            operands.push_back({text.substr(begin, end - begin), position, last && following == nullptr});
        ++position;
        begin = next;
        next = end;
    }
}

std::vector<Operand> operands_of(const std::vector<Part>& parts) {
    std::vector<Operand> operands;
    std::uint32_t position = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const Part* following = i + 1 < parts.size() ? &parts[i + 1] : nullptr;
        if (parts[i].script == Script::cjk)
            add_cjk(parts[i], following, position, operands);
        else
            operands.push_back({parts[i].text, position++, parts[i].prefix});
    }
    return operands;
}

void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += c;
        out += c;
    }
}

void append_lexeme(std::string& out, std::string_view lexeme_prefix, const Operand& operand,
                   std::optional<Weight> only) {
    constexpr char kLabels[] = {'D', 'C', 'B', 'A'};
    out += '\'';
    append_escaped(out, lexeme_prefix);
    append_escaped(out, operand.lexeme);
    out += '\'';
    if (operand.prefix || only) out += ':';
    if (operand.prefix) out += '*';
    if (only) out += kLabels[static_cast<std::uint8_t>(*only)];
}

}  // namespace

std::optional<std::string> to_tsquery(const Literal& literal, std::string_view lexeme_prefix,
                                      std::optional<Weight> only) {
    if (literal.kind != LiteralKind::text) return {};
    // A blank is in no token, hence in no vector.
    constexpr Operand kNever{" ", 0, false};
    std::string out;
    std::uint32_t before = 0;
    for (const Operand& operand : operands_of(literal.parts)) {
        if (lexeme_prefix.size() + operand.lexeme.size() > kLexemeBytesMax) {
            out.clear();
            append_lexeme(out, lexeme_prefix, kNever, {});
            return out;
        }
        if (!out.empty()) {
            const std::uint32_t distance = operand.position - before;
            out += distance == 1 ? " <-> " : " <" + std::to_string(distance) + "> ";
        }
        append_lexeme(out, lexeme_prefix, operand, only);
        before = operand.position;
    }
    return out;
}

std::optional<std::string> clause_tsquery(const Clause& clause, std::string_view lexeme_prefix) {
    std::string out;
    for (const Literal& literal : clause.any) {
        const auto tsquery = to_tsquery(literal, lexeme_prefix);
        if (!tsquery) return {};
        if (!out.empty()) out += " | ";
        out += literal.negated ? "!(" + *tsquery + ")" : *tsquery;
    }
    return clause.any.size() > 1 ? "(" + out + ")" : out;
}

}  // namespace text

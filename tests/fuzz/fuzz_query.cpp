// Any bytes as a query and as a document: nothing crashes, and what must always hold holds. The first line of
// the input is the query, the rest the content.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/utf8.hpp"
#include "text/fold.hpp"
#include "text/query.hpp"

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

void check_folding(std::string_view content) {
    const text::Folded folded = text::fold_with_origin(content);
    require(base::is_valid_utf8(folded.text));
    require(text::fold(content) == folded.text);
    require(text::fold(folded.text) == folded.text);
    require(folded.origin.size() == folded.text.size() + 1);
    for (std::size_t i = 1; i < folded.origin.size(); ++i)
        require(folded.origin[i - 1] <= folded.origin[i]);
}

void check_tokens(std::string_view content) {
    const std::string folded = text::fold(content);
    std::uint32_t position = 0;
    for (const text::Token& token : text::split_tokens(folded)) {
        require(token.position == ++position);
        require(token.begin < token.end && token.end <= folded.size());
    }
    const text::Field fields[] = {{content, text::Weight::a}, {content, text::Weight::d}};
    require(text::make_search_vector(fields, "u").binary.size() >= 4);
}

void check_highlights(const text::Query& query, std::string_view content) {
    std::size_t length = 0;
    for (std::size_t position = 0; position < content.size(); ++length)
        base::next_code_point(content, position);
    std::uint32_t last = 0;
    const auto marks = text::highlights(query, content);
    require(marks.size() <= 50);
    for (const auto& [start, end] : marks) {
        require(start >= last && start < end && end <= length);
        last = end;
    }
}

void check_evaluation(const text::Query& query, std::string_view content) {
    const text::FoldedDocument document(text::DocumentView{.content = content});
    const double score = text::score(query, document);
    require(score >= 0 && score <= static_cast<double>(text::kQueryTermsMax));
    if (query.matches_nothing) require(!text::matches(query, document));
    for (const text::Clause& clause : query.all) {
        require(!clause.any.empty());
        static_cast<void>(text::clause_tsquery(clause, "u'"));
        for (const text::Literal& literal : clause.any)
            require(text::to_tsquery(literal, "u").has_value() == (literal.kind == text::LiteralKind::text));
    }
    // A term that scores in the content is marked there, and the other way round.
    require(text::highlights(query, content).empty() == (score == 0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(bytes), size);
    const std::size_t line = std::min(input.find('\n'), input.size());
    const std::string_view content = input.substr(std::min(line + 1, input.size()));
    check_folding(content);
    check_tokens(content);
    const auto query = text::parse_query(input.substr(0, line), "Asia/Tokyo");
    if (!query) return 0;
    require(query->empty_text + query->matches_nothing + !query->all.empty() == 1);
    check_highlights(*query, content);
    check_evaluation(*query, content);
    return 0;
}

#include "bookmarks/flat_json.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace bookmarks {
namespace {

/// `name=text;` of members, quotes around texts, `|` behind objects; nothing: not of the form.
std::optional<std::string> read(std::string_view json) {
    std::string out;
    FlatReader reader(json);
    while (true) {
        switch (reader.next()) {
            case FlatReader::Step::member: {
                const FlatMember& member = reader.member();
                const std::string quote = member.is_text ? "\"" : "";
                out.append(member.name).append("=").append(quote).append(member.text).append(quote) += ';';
                break;
            }
            case FlatReader::Step::end_of_object:
                out += '|';
                break;
            case FlatReader::Step::end:
                return out;
            case FlatReader::Step::other:
                return std::nullopt;
        }
    }
}

TEST(FlatJson, ReadsWhatPostgresqlWrites) {
    EXPECT_EQ(read(R"({"at": "2024-01-01T00:00:00.000Z", "likes": 12, "views": null})"),
              R"(at="2024-01-01T00:00:00.000Z";likes=12;views=null;|)");
    EXPECT_EQ(read(R"([{"id": "1", "type": "quoted"}, {"id": "", "type": "料理, {x}"}])"),
              R"(id="1";type="quoted";|id="";type="料理, {x}";|)");
    EXPECT_EQ(read("{}"), "|");
    EXPECT_EQ(read("[]"), "");
    EXPECT_EQ(read("[{}]"), "|");
    EXPECT_EQ(read(R"({"a":-1.5e3,"b":true})"), "a=-1.5e3;b=true;|");
}

TEST(FlatJson, LeavesOtherFormsAlone) {
    for (const std::string_view other :
         {R"({"a": {"b": 1}})", R"({"a": [1]})", R"({"a": "x\"y"})", R"({"a\u0062": 1})", R"([1, 2])",
          R"([{"a": 1}, 2])", R"("text")", "12", R"({"a": 1)", R"([{"a": 1})", R"({"a" 1})", R"({"a": "b)",
          "[", "{"}) {
        EXPECT_EQ(read(other), std::nullopt) << other;
    }
}

}  // namespace
}  // namespace bookmarks

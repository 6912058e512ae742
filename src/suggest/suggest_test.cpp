#include "suggest/suggest.hpp"

#include <gtest/gtest.h>

namespace suggest {
namespace {

TEST(Suggest, TwoCharactersOrOneThatIsReadByItself) {
    for (const std::string_view enough : {"ab", "a ", "éé", "猫", "か", "カ", "ｶ", "한", "a猫", "--"})
        EXPECT_TRUE(is_long_enough(enough)) << enough;
    for (const std::string_view few : {"", "a", "é", "-", "1", "я"})
        EXPECT_FALSE(is_long_enough(few)) << few;
}

}  // namespace
}  // namespace suggest

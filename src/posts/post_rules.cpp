#include "posts/post_rules.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include "posts/json_fields.hpp"

namespace posts {

namespace json = boost::json;
using bookmarks::PostStatus;

std::string decode_entities(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, char>, 3> kEntities{
        {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}}};
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const std::size_t plain = std::min(text.find('&'), text.size());
        result += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        std::size_t used = 1;
        char decoded = '&';
        for (const auto& [name, c] : kEntities)
            if (text.starts_with(name)) {
                used = name.size();
                decoded = c;
            }
        result += decoded;
        text.remove_prefix(used);
    }
    return result;
}

std::string media_type(std::string_view name, std::string_view url) {
    for (const std::string_view known : {"photo", "video", "animated_gif"})
        if (name == known) return std::string(known);
    if (name == "gif") return "animated_gif";
    const std::string_view path = url.substr(0, url.find('?'));
    return path.ends_with(".mp4") || path.ends_with(".m3u8") || path.ends_with(".mov") ? "video" : "photo";
}

PostStatus status_of_notice(std::string_view notice) {
    struct Phrase {
        std::string_view text;
        PostStatus status;
    };
    // From the particular to the general: a suspended account's post is "no longer available" too.
    constexpr std::array kPhrases{
        Phrase{"suspended", PostStatus::suspended},
        Phrase{"凍結", PostStatus::suspended},
        Phrase{"withheld", PostStatus::withheld},
        Phrase{"表示が制限されています", PostStatus::withheld},
        Phrase{"limits who can view", PostStatus::protected_},
        Phrase{"limit who can", PostStatus::protected_},
        Phrase{"protected", PostStatus::protected_},
        Phrase{"非公開", PostStatus::protected_},
        Phrase{"表示できるアカウントを制限", PostStatus::protected_},
        Phrase{"表示できるユーザーを制限", PostStatus::protected_},
        Phrase{"deleted", PostStatus::deleted},
        Phrase{"no longer exists", PostStatus::deleted},
        Phrase{"削除", PostStatus::deleted},
        Phrase{"存在しない", PostStatus::deleted},
    };
    for (const Phrase& phrase : kPhrases)
        if (notice.contains(phrase.text)) return phrase.status;
    return PostStatus::unknown;
}

std::string best_variant(const json::array* variants) {
    std::string best;
    std::int64_t best_rate = -1;
    if (variants == nullptr) return best;
    for (const json::value& variant : *variants) {
        if (text_of(at_path(&variant, {"content_type"})) != "video/mp4") continue;
        const json::value* rate = at_path(&variant, {"bitrate"});
        if (rate == nullptr) rate = at_path(&variant, {"bit_rate"});
        const std::int64_t bits = integer_of(rate).value_or(0);
        if (bits <= best_rate) continue;
        best_rate = bits;
        best = text_of(at_path(&variant, {"url"}));
    }
    return best;
}

bool is_own_media(std::string_view link, std::string_view post_id) {
    return (link.contains("/photo/") || link.contains("/video/")) &&
           bookmarks::post_id_of_url(link) == post_id;
}

}  // namespace posts

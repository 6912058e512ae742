#include "post.hpp"

#include <algorithm>
#include <chrono>

#include "base/utf8.hpp"

namespace generate {
namespace {

using namespace std::chrono;

constexpr std::size_t kAuthors = 2000;
constexpr double kZipfExponent = 1.0;
/// 2026-08-01T00:00:00Z: fixed, so that a run can be repeated.
constexpr sys_seconds kNewest = sys_days(year(2026) / August / 1);
constexpr std::int64_t kSnowflakeEpochMs = 1288834974657;  // what X counts its post ids from

/// Names made of syllables, distinct by their number.
Author make_author(std::size_t number, const Vocabulary& vocabulary) {
    constexpr const char* kSyllables[]{"ka", "ki", "ku", "mo", "ri", "sa", "ta",
                                       "no", "yu", "ha", "el", "an", "or", "is"};
    Random random(7, number);
    Author author;
    const std::size_t count = random.between(2, 4);
    for (std::size_t i = 0; i < count; ++i)
        author.username += random.pick(kSyllables);
    author.username += "_" + std::to_string(number);
    if (random.chance(60)) {
        author.display_name = random.pick(vocabulary.japanese_nouns) + (random.chance(50) ? "の" : "@") +
                              random.pick(vocabulary.katakana);
    } else {
        author.display_name =
            vocabulary.english[30 + random.below(200)] + " " + vocabulary.english[30 + random.below(200)];
    }
    if (random.chance(15)) author.display_name += " " + random.pick(vocabulary.emoji);
    author.avatar_url = "https://media.example/avatar/" + author.username + ".png";
    return author;
}

std::string post_id(base::Time posted_at, std::uint64_t n) {
    const std::int64_t ms =
        duration_cast<milliseconds>(posted_at.time_since_epoch()).count() - kSnowflakeEpochMs;
    return std::to_string(static_cast<std::uint64_t>(ms) << 22 | (n & 0x3FFFFF));
}

}  // namespace

Writer::Writer(std::uint64_t seed)
    : seed_(seed),
      vocabulary_(make_vocabulary()),
      nouns_(vocabulary_.japanese_nouns.size(), kZipfExponent),
      verbs_(vocabulary_.japanese_verbs.size(), 0.7),
      katakana_(vocabulary_.katakana.size(), 0.8),
      english_(vocabulary_.english.size(), kZipfExponent),
      author_ranks_(kAuthors, kZipfExponent),
      tags_(vocabulary_.tags.size(), kZipfExponent),
      hashtags_(vocabulary_.hashtags.size(), kZipfExponent) {
    for (std::size_t i = 0; i < kAuthors; ++i)
        authors_.push_back(make_author(i, vocabulary_));
}

std::string Writer::japanese_sentence(Random& random) const {
    constexpr const char* kParticles[]{"は", "が", "を", "に", "で", "の", "と", "も", "から", "まで"};
    constexpr const char* kEnds[]{"。", "。", "。", "！", "…", "、と思う。", "？", "よ。", "ね。"};
    std::string text;
    const std::size_t clauses = random.between(1, 4);
    for (std::size_t i = 0; i < clauses; ++i) {
        const auto kind = random.below(100);
        if (kind < 70) {
            text += vocabulary_.japanese_nouns[nouns_(random)];
        } else if (kind < 95) {
            text += vocabulary_.katakana[katakana_(random)];
        } else if (kind < 98) {
            text += random.pick(vocabulary_.mixed);
        } else {
            text += random.pick(vocabulary_.half_width);
        }
        text += random.pick(kParticles);
    }
    text += vocabulary_.japanese_verbs[verbs_(random)];
    text += random.pick(kEnds);
    return text;
}

std::string Writer::english_sentence(Random& random) const {
    std::string text;
    const std::size_t count = random.between(4, 14);
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) text += random.chance(4) ? ", " : " ";
        text += vocabulary_.english[english_(random)];
    }
    if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return text + (random.chance(85) ? "." : "!");
}

std::string Writer::body(Random& random, bool japanese) const {
    // Two in a hundred are long posts of up to 4,000 characters.
    const std::size_t length_min = random.chance(2) ? random.between(400, 3800)
                                   : japanese       ? random.between(10, 100)
                                                    : random.between(30, 200);
    std::string text;
    for (std::size_t length = 0; length < length_min;) {
        if (!text.empty() && random.chance(20)) {
            text += '\n';
        } else if (!text.empty() && !japanese) {
            text += ' ';
        }
        const std::string sentence = japanese ? japanese_sentence(random) : english_sentence(random);
        length += base::count_code_points(sentence);
        text += sentence;
    }
    return text;
}

void Writer::add_extras(Random& random, Post& post) const {
    if (random.chance(20)) post.text += " " + random.pick(vocabulary_.emoji);
    if (random.chance(10)) {
        post.mentions.push_back(authors_[author_ranks_(random)].username);
        post.text += " @" + post.mentions.back();
    }
    if (random.chance(30))
        for (std::size_t i = random.between(1, 3); i > 0; --i) {
            const std::string& word = vocabulary_.hashtags[hashtags_(random)];
            if (std::ranges::find(post.hashtags, word) != post.hashtags.end()) continue;
            post.hashtags.push_back(word);
            post.text += " #" + word;
        }
    if (random.chance(20)) {
        const std::string number = std::to_string(random.below(1'000'000));
        post.links.push_back("https://site" + std::to_string(random.below(300)) + ".example/article/" +
                             number);
        post.text += " https://t.co/" + number;
    }
    if (random.chance(30))
        for (std::size_t i = random.between(1, 3); i > 0; --i) {
            const std::string& tag = vocabulary_.tags[tags_(random)];
            if (std::ranges::find(post.tags, tag) == post.tags.end()) post.tags.push_back(tag);
        }
}

void Writer::add_media(Random& random, Post& post) const {
    if (!random.chance(30)) return;
    const bool video = random.chance(20);
    for (std::size_t i = video ? 1 : random.between(1, 4); i > 0; --i) {
        const std::string name = post.id + "-" + std::to_string(i);
        post.media.push_back({.type = video ? "video" : "photo",
                              .url = "https://media.example/full/" + name + (video ? ".mp4" : ".jpg"),
                              .thumbnail = "https://media.example/thumb/" + name + ".jpg"});
    }
}

Post Writer::write(std::uint64_t n) const {
    Random random(seed_, n);
    Post post;
    post.bookmarked_at = kNewest - seconds(n * 90 + random.below(90));
    post.posted_at = floor<milliseconds>(post.bookmarked_at - seconds(random.below(30 * 86400)));
    post.id = post_id(post.posted_at, n);
    const bool japanese = random.chance(60);
    post.lang = japanese ? "ja" : "en";
    post.author = &authors_[author_ranks_(random)];
    post.text = body(random, japanese);
    add_extras(random, post);
    add_media(random, post);
    post.is_archived = random.chance(8);
    post.category = random.chance(60) ? static_cast<int>(random.below(5)) : -1;
    post.views = static_cast<std::int64_t>(random.below(1U << random.between(4, 20)));
    post.likes = post.views / static_cast<std::int64_t>(random.between(10, 60));
    post.reposts = post.likes / static_cast<std::int64_t>(random.between(2, 12));
    post.replies = post.likes / static_cast<std::int64_t>(random.between(5, 40));
    return post;
}

}  // namespace generate

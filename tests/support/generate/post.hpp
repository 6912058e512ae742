// One generated post, and the writer of posts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "random.hpp"
#include "vocabulary.hpp"

namespace generate {

struct Author {
    std::string username;
    std::string display_name;
    std::string avatar_url;
};

struct Medium {
    std::string type;  ///< `photo` or `video`
    std::string url;
    std::string thumbnail;
};

struct Post {
    std::string id;  ///< digits, larger for later posts, unique among all posts of one run
    const Author* author = nullptr;
    std::string text;
    const char* lang = "ja";
    std::vector<std::string> hashtags;
    std::vector<std::string> mentions;
    std::vector<std::string> links;
    std::vector<std::string> tags;  ///< the user's own
    std::vector<Medium> media;
    base::Time posted_at;
    base::Time bookmarked_at;
    bool is_archived = false;
    int category = -1;  ///< 0 to 4, or -1 for none
    std::int64_t likes = 0;
    std::int64_t reposts = 0;
    std::int64_t replies = 0;
    std::int64_t views = 0;
};

/// Writes post number `n` of a run: the same for the same seed, whatever was written before. Thread-safe.
class Writer {
public:
    explicit Writer(std::uint64_t seed);
    /// Number 0 is the newest; each is bookmarked about 90 seconds before the one before it.
    [[nodiscard]] Post write(std::uint64_t n) const;

private:
    [[nodiscard]] std::string japanese_sentence(Random& random) const;
    [[nodiscard]] std::string english_sentence(Random& random) const;
    [[nodiscard]] std::string body(Random& random, bool japanese) const;
    void add_extras(Random& random, Post& post) const;
    void add_media(Random& random, Post& post) const;

    std::uint64_t seed_;
    Vocabulary vocabulary_;
    std::vector<Author> authors_;
    Zipf nouns_, verbs_, katakana_, english_, author_ranks_, tags_, hashtags_;
};

}  // namespace generate

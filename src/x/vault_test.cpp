#include "x/vault.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace x {
namespace {

constexpr std::string_view kHex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

TEST(Vault, OpensWhatItSealed) {
    const Vault vault("a key");
    for (const std::string& text :
         {std::string(), std::string("token"), std::string(100'000, 'x'), std::string("\0\xff", 2)}) {
        const std::string sealed = vault.seal(text, "context");
        EXPECT_EQ(vault.open(sealed, "context"), text);
        if (text.size() > 2) EXPECT_FALSE(sealed.contains(text));
    }
}

TEST(Vault, NeverSealsTheSameTwice) {
    const Vault vault("a key");
    EXPECT_NE(vault.seal("token", "c"), vault.seal("token", "c"));
}

TEST(Vault, NothingCanBeChangedOrMoved) {
    const Vault vault("a key");
    const std::string sealed = vault.seal("token", "account one");
    EXPECT_FALSE(vault.open(sealed, "account two"));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string changed = sealed;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_FALSE(vault.open(changed, "account one")) << i;
        EXPECT_FALSE(vault.open(sealed.substr(0, i), "account one")) << i;
    }
    EXPECT_FALSE(vault.open(sealed + "x", "account one"));
    EXPECT_FALSE(Vault("another key").open(sealed, "account one"));
}

TEST(Vault, ReadsWithOlderKeys) {
    const std::string sealed = Vault("first").seal("token", "c");
    EXPECT_EQ(Vault("third", "second, first").open(sealed, "c"), "token");
    EXPECT_FALSE(Vault("third", "second,").open(sealed, "c"));
    // What is sealed now needs the new key.
    EXPECT_FALSE(Vault("first").open(Vault("third", "first").seal("token", "c"), "c"));
}

TEST(Vault, KeysInTheirSpellings) {
    const Key key = key_of(kHex);
    for (std::size_t i = 0; i < key.size(); ++i)
        EXPECT_EQ(key[i], i);
    EXPECT_EQ(key_of("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="), key);
    EXPECT_EQ(key_of("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"), key);
    EXPECT_EQ(key_of("a passphrase"), base::sha256("a passphrase"));
    EXPECT_EQ(key_of(kHex.substr(2)), base::sha256(kHex.substr(2)));
}

// NIST's AES-256-GCM test vectors cannot be used through `seal`, whose nonce is random; this pins the layout
// instead.
TEST(Vault, LayoutOfWhatIsStored) {
    const Vault vault(kHex);
    const std::string sealed = vault.seal("12345", "c");
    EXPECT_EQ(sealed.size(), 1U + 8 + 12 + 5 + 16);
    EXPECT_EQ(sealed[0], 1);
    EXPECT_EQ(sealed.substr(1, 8), Vault(kHex).seal("", "").substr(1, 8));
}

TEST(Vault, ContextsOfAccountsDiffer) {
    base::UserId one{};
    base::UserId two{};
    two.uuid.bytes[15] = 1;
    EXPECT_NE(context_of(one, "access_token"), context_of(two, "access_token"));
    EXPECT_NE(context_of(one, "access_token"), context_of(one, "refresh_token"));
}

}  // namespace
}  // namespace x

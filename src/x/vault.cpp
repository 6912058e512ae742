#include "x/vault.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "base/encoding.hpp"
#include "base/random.hpp"

namespace x {
namespace {

// version, key id, nonce, encrypted text, tag
constexpr char kVersion = 1;
constexpr std::size_t kKeyIdBytes = 8;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kHeadBytes = 1 + kKeyIdBytes + kNonceBytes;

struct CipherFree {
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, CipherFree>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

void must(bool done) {
    if (!done) throw std::runtime_error("OpenSSL refuses AES-256-GCM");
}

std::optional<Key> as_key(const std::optional<std::string>& bytes) {
    Key key{};
    if (!bytes || bytes->size() != key.size()) return {};
    std::ranges::copy(*bytes, key.begin());
    return key;
}

// The head is not encrypted; it must not be exchangeable either.
std::string associated(std::string_view head, std::string_view context) {
    std::string out(head.substr(0, 1 + kKeyIdBytes));
    return out.append(context);
}

}  // namespace

Key key_of(std::string_view text) {
    for (const auto& bytes : {base::from_hex(text), base::from_base64(text), base::from_base64url(text)})
        if (const auto key = as_key(bytes)) return *key;
    return base::sha256(text);
}

Vault::Known Vault::known(std::string_view text) {
    const Key key = key_of(text);
    const base::Digest digest = base::sha256("xbookmarker key id\n" + std::string(base::as_chars(key)));
    Known known{.id = {}, .key = key};
    std::copy_n(base::as_chars(digest).begin(), kKeyIdBytes, known.id.begin());
    return known;
}

Vault::Vault(std::string_view key, std::string_view previous) {
    keys_.push_back(known(key));
    while (!previous.empty()) {
        const auto comma = previous.find(',');
        std::string_view text = previous.substr(0, comma);
        while (text.starts_with(' '))
            text.remove_prefix(1);
        while (text.ends_with(' '))
            text.remove_suffix(1);
        if (!text.empty()) keys_.push_back(known(text));
        previous = comma == std::string_view::npos ? std::string_view() : previous.substr(comma + 1);
    }
}

std::string Vault::seal(std::string_view text, std::string_view context) const {
    const Known& with = keys_.front();
    std::string sealed(kHeadBytes + text.size() + kTagBytes, '\0');
    auto* const out = reinterpret_cast<unsigned char*>(sealed.data());
    sealed[0] = kVersion;
    std::ranges::copy(with.id, sealed.begin() + 1);
    base::random_bytes({out + 1 + kKeyIdBytes, kNonceBytes});
    const std::string bound = associated(sealed, context);
    const Cipher cipher(EVP_CIPHER_CTX_new());
    int length = 0;
    must(cipher != nullptr);
    must(EVP_EncryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), with.key.data(), out + 1 + kKeyIdBytes,
                             nullptr) == 1);
    must(EVP_EncryptUpdate(cipher.get(), nullptr, &length, bytes_of(bound), static_cast<int>(bound.size())) ==
         1);
    must(EVP_EncryptUpdate(cipher.get(), out + kHeadBytes, &length, bytes_of(text),
                           static_cast<int>(text.size())) == 1);
    must(EVP_EncryptFinal_ex(cipher.get(), out + kHeadBytes + length, &length) == 1);
    must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, out + kHeadBytes + text.size()) ==
         1);
    return sealed;
}

std::optional<std::string> Vault::open(std::string_view sealed, std::string_view context) const {
    if (sealed.size() < kHeadBytes + kTagBytes || sealed[0] != kVersion) return {};
    const std::string_view id = sealed.substr(1, kKeyIdBytes);
    const auto with =
        std::ranges::find_if(keys_, [&](const Known& k) { return std::ranges::equal(k.id, id); });
    if (with == keys_.end()) return {};
    const std::string_view encrypted = sealed.substr(kHeadBytes, sealed.size() - kHeadBytes - kTagBytes);
    std::string tag(sealed.substr(sealed.size() - kTagBytes));
    std::string text(encrypted.size(), '\0');
    auto* const out = reinterpret_cast<unsigned char*>(text.data());
    const std::string bound = associated(sealed, context);
    const Cipher cipher(EVP_CIPHER_CTX_new());
    int length = 0;
    must(cipher != nullptr);
    must(EVP_DecryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), with->key.data(),
                             bytes_of(sealed) + 1 + kKeyIdBytes, nullptr) == 1);
    must(EVP_DecryptUpdate(cipher.get(), nullptr, &length, bytes_of(bound), static_cast<int>(bound.size())) ==
         1);
    must(EVP_DecryptUpdate(cipher.get(), out, &length, bytes_of(encrypted),
                           static_cast<int>(encrypted.size())) == 1);
    must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1);
    if (EVP_DecryptFinal_ex(cipher.get(), out + length, &length) != 1) return {};
    return text;
}

std::string context_of(base::UserId user, std::string_view purpose) {
    return base::to_string(user.uuid) + ' ' + std::string(purpose);
}

}  // namespace x

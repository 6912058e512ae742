#include "backup/digest.hpp"

#include <openssl/evp.h>

#include <new>

#include "base/encoding.hpp"

namespace backup {

Sha256::Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
}

void Sha256::add(std::string_view bytes) {
    EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
}

std::string Sha256::finish() {
    base::Digest digest{};
    EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
    return base::to_hex(digest);
}

}  // namespace backup

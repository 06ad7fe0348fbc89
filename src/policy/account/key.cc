#include "policy/account/key.h"

#include <algorithm>
#include <cstddef>

#include "codec/hash.h"

namespace stargate::policy::account {
namespace {

constexpr std::size_t kShownCharacters = 4;
constexpr std::size_t kKeyCharactersMin = 12;  // of shorter ones the last four would say too much
constexpr std::size_t kHashCharacters = 64;

}  // namespace

std::string hash_of_key(const Secret& key) { return codec::hex(codec::sha256(key.reveal())); }

std::string hmac_of_key(const Secret& key, const Secret& pepper) {
  return codec::hex(codec::hmac_sha256(pepper.reveal(), key.reveal()));
}

std::string name_of_key(const Secret& key) {
  const std::string_view text = key.reveal();
  std::string name = "sk-...";
  if (text.size() >= kKeyCharactersMin) name.append(text.substr(text.size() - kShownCharacters));
  return name;
}

bool is_key_hash(std::string_view text) {
  return text.size() == kHashCharacters &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool proves(const Key& key, const Secret& presented, const Secret& pepper) {
  const bool same_hash = base::constant_time_equal(key.key_hash, hash_of_key(presented));
  if (key.key_hmac.empty() || pepper.empty()) return same_hash;
  const bool same_hmac = base::constant_time_equal(key.key_hmac, hmac_of_key(presented, pepper));
  return same_hash && same_hmac;
}

}  // namespace stargate::policy::account

#include "gateway/heal.h"

#include <chrono>
#include <utility>

#include "aws/clock_skew.h"

namespace stargate::gateway {

namespace {

using std::chrono::seconds;

// Lessons and settings of the clock that one request may bring about.
constexpr int kHealingsMax = 4;

bool credentials_refused(const Error& error) {
  return error.type == "UnrecognizedClientException" || error.type == "ExpiredTokenException" ||
         error.type == "ExpiredToken" || error.type == "InvalidClientTokenId";
}

}  // namespace

const llm::Learned& Healing::lesson(const std::string& upstream_model) {
  std::string key = key_of(upstream_model);
  if (const auto own = lessons_.find(key); own != lessons_.end()) return own->second;
  const auto known = experience_.learned.find(key);
  llm::Learned learned = known == experience_.learned.end() ? llm::Learned() : known->second;
  return lessons_.emplace(std::move(key), std::move(learned)).first->second;
}

bool Healing::heal(const Refused& refused) {
  if (healings_ < kHealingsMax && (learn(refused) || set_clock(refused))) {
    ++healings_;
    return true;
  }
  return renew_credentials(refused);
}

bool Healing::learn(const Refused& refused) {
  const Error& error = refused.error;
  if (error.upstream_status != 400) return false;
  const std::string& model = refused.deployment.upstream_model;
  llm::Learned learned = lesson(model);
  if (!llm::learn(error.message, refused.prepared, learned)) return false;
  lessons_.insert_or_assign(key_of(model), std::move(learned));
  taught_ = true;
  call_.services.log->warn("upstream.refused",
                           {{"request_id", call_.id()}, {"upstream_model", model}, {"refusal", error.message}});
  return true;
}

bool Healing::set_clock(const Refused& refused) {
  const auto offset = aws::clock_offset(refused.error.type, refused.date, call_.env().wall(), refused.clock_offset);
  if (!offset) return false;
  experience_.clock_offset = *offset;
  call_.services.log->warn(
      "clock.skewed", {{"request_id", call_.id()}, {"offset_s", std::chrono::duration_cast<seconds>(*offset).count()}});
  return true;
}

bool Healing::renew_credentials(const Refused& refused) {
  if (refused.identity == nullptr || !credentials_refused(refused.error)) return false;
  const auto source = call_.snapshot->credentials.find(refused.deployment.credentials_key);
  if (source == call_.snapshot->credentials.end()) return false;
  source->second->refused(*refused.identity);
  if (renewed_) return false;
  renewed_ = true;
  return true;
}

void Healing::keep(const std::string& upstream_model) {
  if (!taught_) return;
  const std::string key = key_of(upstream_model);
  const auto own = lessons_.find(key);
  if (own == lessons_.end()) return;
  llm::Learned& learned = experience_.learned[key];
  if (!learned.keep(own->second)) return;
  call_.services.log->warn("upstream.learned", {{"request_id", call_.id()}, {"upstream_model", upstream_model}});
  if (experience_.publish) experience_.publish(key, learned);
}

}  // namespace stargate::gateway

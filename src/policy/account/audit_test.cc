#include "policy/account/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace stargate::policy::account {
namespace {

using ::testing::HasSubstr;

std::vector<AuditEvent> chain(int length) {
  std::vector<AuditEvent> events;
  std::string previous = kAuditGenesis;
  for (int i = 1; i <= length; ++i) {
    AuditEvent event;
    event.seq = i;
    event.at = Instant(std::chrono::seconds(i));
    event.actor_user_id = "root";
    event.action = "updated";
    event.object_kind = "key";
    event.object_id = "k" + std::to_string(i);
    event.previous_hash = previous;
    event.hash = hash_of_event(event);
    previous = event.hash;
    events.push_back(event);
  }
  return events;
}

std::string verdict(const std::vector<AuditEvent>& events, const AuditHead& head) {
  AuditWalk walk;
  for (const AuditEvent& event : events) {
    if (const auto trouble = walk.step(event)) return *trouble;
  }
  return walk.finish(head).value_or("");
}

TEST(AuditTest, AnIntactChain) {
  const auto events = chain(3);
  EXPECT_EQ(verdict(events, {.seq = 3, .hash = events.back().hash}), "");
  EXPECT_EQ(verdict({}, {}), "");
}

TEST(AuditTest, EveryMemberIsUnderTheHash) {
  const std::vector<std::function<void(AuditEvent&)>> changes = {
      [](AuditEvent& e) { e.at += std::chrono::microseconds(1); },
      [](AuditEvent& e) { e.actor_user_id = "eve"; },
      [](AuditEvent& e) { e.actor_role = "x"; },
      [](AuditEvent& e) { e.actor_key_hash = "x"; },
      [](AuditEvent& e) { e.changed_by = "x"; },
      [](AuditEvent& e) { e.action = "x"; },
      [](AuditEvent& e) { e.object_kind = "x"; },
      [](AuditEvent& e) { e.object_id = "x"; },
      [](AuditEvent& e) { e.before = "{}"; },
      [](AuditEvent& e) { e.after = "{}"; },
      [](AuditEvent& e) { e.request_id = "x"; },
      // The same characters, cut elsewhere.
      [](AuditEvent& e) { e.object_kind = "ke", e.object_id = "y" + e.object_id; },
  };
  const auto events = chain(3);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    auto changed = events;
    changes[i](changed[1]);
    EXPECT_THAT(verdict(changed, {.seq = 3, .hash = events.back().hash}), HasSubstr("event 2 was changed")) << i;
  }
}

TEST(AuditTest, WhatIsMissingOrNewShows) {
  const auto events = chain(4);
  const AuditHead head{.seq = 4, .hash = events.back().hash};
  EXPECT_THAT(verdict({events[0], events[2], events[3]}, head), HasSubstr("event 2 is missing"));
  EXPECT_THAT(verdict({events[0], events[1], events[2]}, head), HasSubstr("ends at event 3, but 4 were written"));
  EXPECT_THAT(verdict({events[1], events[2], events[3]}, head), HasSubstr("event 1 is missing"));
  auto rewritten = events;
  rewritten[1].object_id = "other";
  rewritten[1].hash = hash_of_event(rewritten[1]);
  EXPECT_THAT(verdict(rewritten, head), HasSubstr("event 3 does not follow event 2"));
  // Rewritten to the end: the head tells.
  for (std::size_t i = 2; i < rewritten.size(); ++i) {
    rewritten[i].previous_hash = rewritten[i - 1].hash;
    rewritten[i].hash = hash_of_event(rewritten[i]);
  }
  EXPECT_THAT(verdict(rewritten, head), HasSubstr("event 4 is not the one that was written last"));
}

}  // namespace
}  // namespace stargate::policy::account

#include "net/gather.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace stargate::net {
namespace {

const std::vector<std::string_view> kPieces = {"", "one", "", "", "three", "x", ""};
constexpr std::string_view kWhole = "onethreex";

TEST(Gather, PassesOverEverythingOnceWhateverTheSteps) {
  for (std::size_t step = 1; step <= kWhole.size() + 1; ++step) {
    Gather gather(kPieces);
    std::string seen;
    while (!gather.done()) {
      std::array<char, 16> room{};
      const std::size_t size = std::min(step, gather.copy(room));
      seen.append(room.data(), size);
      gather.advance(size);
    }
    EXPECT_EQ(seen, kWhole) << "in steps of " << step;
  }
}

TEST(Gather, FillsVectorsFromWhereItStands) {
  Gather gather(kPieces);
  gather.advance(2);
  std::array<iovec, 2> vectors{};
  ASSERT_EQ(gather.fill(vectors), 2);
  EXPECT_EQ(std::string_view(static_cast<char*>(vectors[0].iov_base), vectors[0].iov_len), "e");
  EXPECT_EQ(std::string_view(static_cast<char*>(vectors[1].iov_base), vectors[1].iov_len), "three");
}

TEST(Gather, OfNothingIsDone) {
  EXPECT_TRUE(Gather().done());
  const std::vector<std::string_view> empty = {"", ""};
  EXPECT_TRUE(Gather(empty).done());
}

}  // namespace
}  // namespace stargate::net

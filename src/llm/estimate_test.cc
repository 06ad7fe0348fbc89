#include "llm/estimate.h"

#include <gtest/gtest.h>

namespace stargate::llm {
namespace {

std::int64_t estimate(const std::string& text) {
  return estimate_input_tokens(*codec::json::Document::parse_copy(text));
}

TEST(Estimate, TextCountsByBytes) {
  const std::int64_t small = estimate(R"({"messages":[{"role":"user","content":"hi"}]})");
  EXPECT_GT(small, 500);
  EXPECT_LT(small, 600);
  const std::int64_t large =
      estimate(R"({"messages":[{"role":"user","content":")" + std::string(250'000, 'a') + R"("}]})");
  EXPECT_GE(large, 100'000);
  EXPECT_LT(large, 101'000);
}

TEST(Estimate, PicturesCountByTheirMostNotByTheirBytes) {
  const std::string png = "iVBORw0KGgo" + std::string(1'000'000, 'A');
  const std::int64_t tokens =
      estimate(R"({"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","data":")" + png +
               R"("}}]}]})");
  EXPECT_GE(tokens, 4'800);
  EXPECT_LT(tokens, 6'000);
  const std::int64_t chat = estimate(
      R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,)" + png +
      R"("}}]}]})");
  EXPECT_GE(chat, 4'800);
  EXPECT_LT(chat, 6'000);
  EXPECT_GE(estimate(R"({"messages":[{"image_url":{"url":"https://example.com/a.png"}}]})"), 4'800);
}

TEST(Estimate, DocumentsAreBounded) {
  const auto pdf = [](std::size_t bytes) {
    return estimate(R"({"messages":[{"source":{"type":"base64","data":"JVBERi0)" + std::string(bytes, 'A') +
                    R"("}}]})");
  };
  EXPECT_GE(pdf(300), 3'000);
  EXPECT_GE(pdf(400'000), 290'000);
  EXPECT_LT(pdf(20'000'000), 310'000);
}

TEST(Estimate, TextUnderADataKeyIsText) {
  EXPECT_GE(estimate(R"({"source":{"type":"text","data":")" + std::string(10'000, 'a') + " word" + R"("}})"), 4'000);
}

}  // namespace
}  // namespace stargate::llm

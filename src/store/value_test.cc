#include "store/value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stargate::store {
namespace {

using policy::account::Day;

TEST(ValueTest, WhatIsSoundStaysAndTheRestIsMarked) {
  const std::string mark = "\xEF\xBF\xBD";
  for (const std::string& sound : {std::string(), std::string("plain"), std::string("äß€🚀\n\t\x7F"),
                                   std::string("\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF")}) {
    EXPECT_EQ(storable(sound), sound);
  }
  EXPECT_EQ(storable(std::string("\0", 1)), mark);
  EXPECT_EQ(storable("a\x80z"), "a" + mark + "z") << "a continuation without a beginning";
  EXPECT_EQ(storable("\xC0\xAF"), mark + mark) << "overlong";
  EXPECT_EQ(storable("\xE0\x9F\x80"), mark + mark + mark) << "overlong";
  EXPECT_EQ(storable("\xED\xA0\x80"), mark + mark + mark) << "a surrogate";
  EXPECT_EQ(storable("\xF4\x90\x80\x80"), mark + mark + mark + mark) << "beyond Unicode";
  EXPECT_EQ(storable("\xF0\x9F\x9A"), mark + mark + mark) << "cut short";
  EXPECT_EQ(storable(storable("x\xFFy")), storable("x\xFFy"));
}

TEST(ValueTest, ArraysQuoteWhatTheyMust) {
  const std::vector<Values> rows = {{std::string("a\"b"), std::int64_t{-1}, true},
                                    {std::string("c\\d,{}"), Value(), false},
                                    {std::string("NULL"), std::int64_t{9'007'199'254'740'993}, Value()},
                                    {std::string(), std::int64_t{0}, true}};
  EXPECT_EQ(array_literal(rows, 0), R"({"a\"b","c\\d,{}","NULL",""})");
  EXPECT_EQ(array_literal(rows, 1), "{-1,NULL,9007199254740993,0}");
  EXPECT_EQ(array_literal(rows, 2), "{t,f,NULL,t}");
  EXPECT_EQ(array_literal({}, 0), "{}");
}

TEST(ValueTest, DaysAndListsLeadBack) {
  const Day day = std::chrono::year(2024) / 2 / 29;
  EXPECT_EQ(std::get<std::string>(to_value(day)), "2024-02-29");
  Day read;
  from_cell(Cell(std::string("2024-02-29")), read);
  EXPECT_EQ(read, day);

  const std::vector<std::string> texts = {"a,b", "\"", "", "日本"};
  std::vector<std::string> list;
  from_cell(Cell(std::get<std::string>(to_value(texts))), list);
  EXPECT_EQ(list, texts);
  from_cell(Cell(std::string("not JSON")), list);
  EXPECT_TRUE(list.empty());
}

}  // namespace
}  // namespace stargate::store

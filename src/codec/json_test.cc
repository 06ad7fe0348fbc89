// With codec/json_scan.cc, which is seen through parsing and escaping alone.
#include "codec/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stargate::codec::json {
namespace {

Document parsed(std::string_view text) {
  auto document = Document::parse_copy(text);
  EXPECT_TRUE(document) << text << ": " << (document ? "" : document.error().message);
  return std::move(document).value();
}

std::string refusal(std::string_view text) {
  const auto document = Document::parse_copy(text);
  if (document) return "accepted";
  EXPECT_EQ(document.error().code, ErrorCode::kBadRequest);
  EXPECT_EQ(document.error().source, ErrorSource::kClient);
  return document.error().message;
}

TEST(JsonParse, ShowsEveryValueAsItsExactBytes) {
  const auto document = parsed(" { \"a\" : [ 1 , -2.5e+3 , \"x\\n\" ] , \"b\":{},\"c\":[],\"d\":true,\"e\":null } ");
  const Value root = document.root();
  EXPECT_EQ(root.size(), 5U);
  EXPECT_EQ(root.raw().front(), '{');
  EXPECT_EQ(root.raw().back(), '}');
  const auto list = root.find("a");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->raw(), R"([ 1 , -2.5e+3 , "x\n" ])");
  std::vector<std::string> seen;
  for (const Value element : list->elements()) seen.emplace_back(element.raw());
  EXPECT_THAT(seen, testing::ElementsAre("1", "-2.5e+3", R"("x\n")"));
  std::vector<std::string> names;
  for (const Member member : root.members()) names.push_back(member.key().text());
  EXPECT_THAT(names, testing::ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_EQ(root.find("b")->size(), 0U);
  EXPECT_EQ(root.find("d")->as_bool(), true);
  EXPECT_TRUE(root.find("e")->is_null());
  EXPECT_FALSE(root.find("f"));
}

TEST(JsonParse, AcceptsAnyRootValue) {
  EXPECT_EQ(parsed("17").root().as_int(), 17);
  EXPECT_EQ(parsed("\"\"").root().text(), "");
  EXPECT_EQ(parsed("\t\r\n null ").root().raw(), "null");
}

TEST(JsonParse, NamesWhatItExpectedAndWhere) {
  EXPECT_EQ(refusal(""), "invalid JSON: expected a value at byte 0");
  EXPECT_EQ(refusal("   "), "invalid JSON: expected a value at byte 3");
  EXPECT_EQ(refusal("{\"a\":1"), "invalid JSON: expected ',' or '}' at byte 6");
  EXPECT_EQ(refusal("{\"a\" 1}"), "invalid JSON: expected ':' at byte 5");
  EXPECT_EQ(refusal("[1 2]"), "invalid JSON: expected ',' or ']' at byte 3");
  EXPECT_EQ(refusal("[1,]"), "invalid JSON: expected a value at byte 3");
  EXPECT_EQ(refusal("{\"a\":1,}"), "invalid JSON: expected a member name at byte 7");
  EXPECT_EQ(refusal("{1:2}"), "invalid JSON: expected a member name at byte 1");
  EXPECT_EQ(refusal("1 2"), "invalid JSON: expected the end of the text at byte 2");
  EXPECT_EQ(refusal("[\"ab"), "invalid JSON: expected a closed string at byte 1");
  EXPECT_EQ(refusal("[\"a\nb\"]"), "invalid JSON: expected an escape instead of a control character at byte 3");
  EXPECT_EQ(refusal("[\"a\\x\"]"), "invalid JSON: expected a valid escape at byte 3");
  EXPECT_EQ(refusal("\"\xc3\x28\""), "invalid JSON: expected valid UTF-8 at byte 1");
}

TEST(JsonParse, RefusesWhatRfc8259DoesNotAllow) {
  for (const std::string_view text : {"01",
                                      "-",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "1e+",
                                      "+1",
                                      "0x1",
                                      "1a",
                                      "1\"a\"",
                                      "\"a\"b",
                                      "\"a\"\"b\"",
                                      "nul",
                                      "nulll",
                                      "True",
                                      "NaN",
                                      "[1,,2]",
                                      "[,1]",
                                      "{,}",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "[}",
                                      "{]",
                                      "]",
                                      "}",
                                      ",",
                                      ":",
                                      "[1}",
                                      "{\"a\":1]",
                                      "'a'",
                                      "\"\\u12\"",
                                      "\"\\u123g\"",
                                      "\"\\u12 4\"",
                                      "\"\\\"",
                                      "[1]x",
                                      "/**/1",
                                      "1\f",
                                      "\f1",
                                      "[1\x0c 2]",
                                      "{\"a\"\x1a 1}",
                                      "\xef\xbb\xbf{}",
                                      "\"\xed\xa0\x80\"",
                                      "\"\xf5\x80\x80\x80\"",
                                      "\"\xc0\x80\"",
                                      "\x80",
                                      "tru\xe9"}) {
    EXPECT_NE(refusal(text), "accepted") << text;
  }
  EXPECT_NE(refusal(std::string_view("1\0", 2)), "accepted");
  EXPECT_NE(refusal(std::string_view("\"a\0\"", 4)), "accepted");
  EXPECT_NE(refusal(std::string_view("\0", 1)), "accepted");
}

TEST(JsonParse, NeverReadsBeyondTheTextForItsMeaning) {
  const std::string buffer = "[1,2]}}}}]]]]\"\"\"" + std::string(base::kJsonPadding, ' ');
  EXPECT_TRUE(Document::parse(std::string_view(buffer).substr(0, 5)));
  EXPECT_FALSE(Document::parse(std::string_view(buffer).substr(0, 4)));
  EXPECT_FALSE(Document::parse(std::string_view(buffer).substr(0, 2)));
  const std::string number = "123456" + std::string(base::kJsonPadding, '7');
  EXPECT_EQ(Document::parse(std::string_view(number).substr(0, 3))->root().as_int(), 123);
}

TEST(JsonParse, BoundsTheDepth) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(Document::parse_copy(nested(kDepthMax)));
  EXPECT_FALSE(Document::parse_copy(nested(kDepthMax + 1)));
  EXPECT_FALSE(Document::parse_copy(std::string(1'000'000, '[')));
}

TEST(JsonParse, FindsStringEndsAcrossBlockBorders) {
  for (std::size_t size = 0; size < 200; ++size) {
    const std::string text = "[\"" + std::string(size, 'a') + "\\\\\\\"" + "\" ,\"b\"]";
    const auto document = parsed(text);
    std::vector<std::string> seen;
    for (const Value element : document.root().elements()) seen.push_back(element.text());
    ASSERT_THAT(seen, testing::ElementsAre(std::string(size, 'a') + "\\\"", "b"));
  }
}

TEST(JsonParse, SurvivesMovesAndManyDocumentsAtOnce) {
  std::vector<Document> kept;
  for (int i = 0; i < 20; ++i) kept.push_back(parsed("[" + std::to_string(i) + "]"));
  Document moved = std::move(kept[7]);
  kept[7] = parsed("[70]");
  EXPECT_EQ(moved.root().raw(), "[7]");
  EXPECT_EQ(kept[7].root().raw(), "[70]");
  EXPECT_EQ(kept[19].root().raw(), "[19]");
}

TEST(JsonParse, TakesLargeTexts) {
  const std::string text = "{\"a\":\"" + std::string(6'000'000, 'x') + "\",\"b\":1}";
  const auto document = parsed(text);
  EXPECT_EQ(document.root().find("b")->as_int(), 1);
  EXPECT_EQ(document.root().find("a")->escaped().size(), 6'000'000U);
}

TEST(JsonValue, ReadsNumbers) {
  const auto whole = [](std::string_view text) { return parsed(text).root().as_int(); };
  EXPECT_EQ(whole("0"), 0);
  EXPECT_EQ(whole("-0"), 0);
  EXPECT_EQ(whole("1e3"), 1000);
  EXPECT_EQ(whole("1.0"), 1);
  EXPECT_EQ(whole("1.50E1"), 15);
  EXPECT_EQ(whole("1200e-2"), 12);
  EXPECT_EQ(whole("0.0e999999999999999999999"), 0);
  EXPECT_EQ(whole("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(whole("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(whole("-9223372036854775808.0"), INT64_MIN);
  EXPECT_EQ(whole("9223372036854775808"), std::nullopt);
  EXPECT_EQ(whole("1e19"), std::nullopt);
  EXPECT_EQ(whole("1e99999999999999999999"), std::nullopt);
  EXPECT_EQ(whole("1e-99999999999999999999"), std::nullopt);
  EXPECT_EQ(whole("1.5"), std::nullopt);
  EXPECT_EQ(whole("\"1\""), std::nullopt);
  EXPECT_EQ(parsed("-2.5e-1").root().as_double(), -0.25);
  EXPECT_EQ(parsed("1e999").root().as_double(), std::nullopt);
}

TEST(JsonValue, AnEmptyValueIsNull) {
  const Value value;
  EXPECT_EQ(value.kind(), Kind::kNull);
  EXPECT_EQ(value.raw(), "");
  EXPECT_EQ(value.size(), 0U);
  EXPECT_FALSE(value.find("a"));
  EXPECT_EQ(value.text(), "");
  for (const Value element : value.elements()) FAIL() << element.raw();
}

TEST(JsonValue, ComparesKeysUnescaped) {
  const auto document = parsed(R"({"mod\u0065l":"a","x\"y":1,"":2})");
  EXPECT_EQ(document.root().text_at("model"), "a");
  EXPECT_EQ(document.root().find("x\"y")->as_int(), 1);
  EXPECT_EQ(document.root().find("")->as_int(), 2);
  EXPECT_EQ(document.root().text_at("mode"), "");
}

TEST(JsonValue, FindsDuplicateControlledKeys) {
  const auto document = parsed(R"({"a":1,"model":1,"b":2,"a":3,"mod\u0065l":2})");
  EXPECT_EQ(duplicate_key(document.root(), {"model", "stream"}), "model");
  EXPECT_EQ(duplicate_key(document.root(), {"b", "stream"}), "");
  EXPECT_EQ(duplicate_key(Value(), {"b"}), "");
}

TEST(JsonText, Unescapes) {
  EXPECT_EQ(unescape(R"(a\"\\\/\b\f\n\r\tz)"), "a\"\\/\b\f\n\r\tz");
  EXPECT_EQ(unescape(R"(\u00e9\u20AC\ud83d\ude00\u0041)"), "é€😀A");
  EXPECT_EQ(unescape(R"(\ud83dx)"), "\xEF\xBF\xBDx");
  EXPECT_EQ(unescape(R"(\ude00\ud83d)"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(unescape(R"(\ud83d\u0041)"),
            "\xEF\xBF\xBD"
            "A");
  EXPECT_EQ(unescape(R"(\ud83d\ud83d\ude00)"), "\xEF\xBF\xBD😀");
  EXPECT_EQ(unescape("\\u0000"), std::string(1, '\0'));
  EXPECT_EQ(unescape("\\"), "\\");
  EXPECT_EQ(unescape("\\u12"), "\\u12");
  EXPECT_EQ(unescape(std::string(40, 'a') + "\\n" + std::string(40, 'b')),
            std::string(40, 'a') + "\n" + std::string(40, 'b'));
}

TEST(JsonText, KnowsWhatMayStandBetweenQuotes) {
  for (const std::string_view good :
       {"", "plain", R"(\"\\\/\b\f\n\r\t\u00e9)", "\xc3\xa9", "a long text without anything odd in it"}) {
    EXPECT_TRUE(is_string_inside(good)) << good;
  }
  for (const std::string_view bad :
       {"\"", "\\", R"(\x)", R"(\u12)", R"(\u12g4)", "\n", "\xc3", "\xff", "a long text with a quote \" in it"}) {
    EXPECT_FALSE(is_string_inside(bad)) << bad;
  }
}

TEST(JsonText, EscapesEveryByteSoThatItComesBack) {
  std::string all;
  for (int round = 0; round < 3; ++round) {
    for (int c = 0; c < 128; ++c) all.append(static_cast<std::size_t>(c % 19), 'x').push_back(static_cast<char>(c));
    all.append("é😀");
  }
  const auto document = parsed(json::quoted(all));
  EXPECT_EQ(document.root().text(), all);
  EXPECT_EQ(json::quoted(std::string_view("\x01\x1f\x7f/\0", 5)), "\"\\u0001\\u001f\x7f/\\u0000\"");
}

TEST(JsonWriter, KeepsTrackOfCommas) {
  std::string out;
  Writer w(out);
  w.begin_object();
  w.member("a", 1);
  w.key("b");
  w.begin_array();
  w.string("x\n");
  w.raw("{}");
  w.begin_object();
  w.end_object();
  w.boolean(true);
  w.null();
  w.end_array();
  w.key_escaped("c\\u0041");
  w.escaped("\\t");
  w.member("d", INT64_MIN);
  w.member_raw("e", "[1]");
  w.member("f", "t");
  w.member("g", false);
  w.end_object();
  EXPECT_EQ(out,
            "{\"a\":1,\"b\":[\"x\\n\",{},{},true,null],\"c\\u0041\":\"\\t\",\"d\":-9223372036854775808,"
            "\"e\":[1],\"f\":\"t\",\"g\":false}");
}

}  // namespace
}  // namespace stargate::codec::json

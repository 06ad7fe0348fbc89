// With codec/http1_head.cc and codec/http1_body.cc, which are seen through the parsers alone.
#include "codec/http1.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stargate::codec::http1 {
namespace {

constexpr std::string_view kPost =
    "POST /v1/messages?beta=true HTTP/1.1\r\nHost: localhost:4000\r\nContent-Type: application/json\r\n"
    "X-Api-Key:\t sk-1 \t\r\nAccept: a\r\naccept: b\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n";

// Everything there is to say about a parse, as one text: so that split parses can be compared with whole ones.
std::string describe_request(std::initializer_list<std::string_view> parts, HeadLimits limits = {}) {
  RequestParser parser(limits);
  std::string body;
  std::string seen;
  std::string held;
  for (const std::string_view part : parts) {
    held.append(part);
    while (!held.empty()) {
      const auto taken = parser.head_done() ? parser.parse_body(held, body) : parser.parse_head(held);
      if (!taken) return seen + "error: " + taken.error().message;
      held.erase(0, *taken);
      if (parser.body_done()) {
        const RequestHead& head = parser.head();
        seen += head.method + " " + head.target + (head.keep_alive ? " keep" : " close");
        for (const Header field : head.headers.fields()) {
          seen.append(" [").append(field.name).append(":").append(field.value).append("]");
        }
        seen += " <" + body + ">\n";
        body.clear();
        parser.reset();
      } else if (*taken == 0) {
        break;
      }
    }
  }
  return seen + (held.empty() ? "" : "held: " + held);
}

std::string refusal(std::string_view bytes) {
  const std::string seen = describe_request({bytes});
  return seen.starts_with("error: malformed HTTP request: ") ? seen.substr(31) : "accepted: " + seen;
}

std::string get_with(std::string_view fields) { return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n"; }

TEST(RequestParser, ReadsAHead) {
  RequestParser parser;
  const std::string bytes = std::string(kPost) + "helloGET";
  ASSERT_EQ(parser.parse_head(bytes).value(), kPost.size());
  ASSERT_TRUE(parser.head_done());
  EXPECT_FALSE(parser.body_done());
  const RequestHead& head = parser.head();
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.path(), "/v1/messages");
  EXPECT_EQ(head.query(), "beta=true");
  EXPECT_EQ(head.headers.get("x-api-key"), "sk-1");
  EXPECT_EQ(head.headers.joined("ACCEPT"), "a, b");
  EXPECT_TRUE(head.headers.has("content-type"));
  EXPECT_FALSE(head.headers.has("cookie"));
  EXPECT_EQ(head.content_length, 5U);
  EXPECT_TRUE(head.has_body());
  EXPECT_TRUE(head.keep_alive);
  EXPECT_TRUE(head.expect_continue);
  std::string body;
  EXPECT_EQ(parser.parse_body(std::string_view(bytes).substr(kPost.size()), body).value(), 5U);
  EXPECT_EQ(body, "hello");
  EXPECT_TRUE(parser.body_done());
}

TEST(RequestParser, ReadsPipelinedMessagesAtEverySplitPoint) {
  const std::string bytes = "\r\n\r\n" + std::string(kPost) + "hello" + get_with("") +
                            "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
                            "5\r\nhello\r\n00A;n=\"v\"\r\n, chunked!\r\n0\r\nTrailer: x\r\n\r\n"
                            "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n";
  const std::string whole = describe_request({bytes});
  EXPECT_THAT(whole, testing::HasSubstr("<hello, chunked!>"));
  EXPECT_THAT(whole, testing::HasSubstr("OPTIONS * close"));
  EXPECT_THAT(whole, testing::Not(testing::HasSubstr("held")));
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    EXPECT_EQ(describe_request({std::string_view(bytes).substr(0, split), std::string_view(bytes).substr(split)}),
              whole)
        << split;
  }
}

TEST(RequestParser, KeepsAlivePerVersion) {
  const auto keep = [](std::string_view version, std::string_view connection) {
    return describe_request(
               {"GET / HTTP/" + std::string(version) + "\r\nHost: a\r\n" + std::string(connection) + "\r\n"})
        .starts_with("GET / keep");
  };
  EXPECT_TRUE(keep("1.1", ""));
  EXPECT_TRUE(keep("1.1", "Connection: te\r\n"));
  EXPECT_FALSE(keep("1.1", "Connection: te ,\tCLOSE\r\n"));
  EXPECT_FALSE(keep("1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
  EXPECT_FALSE(keep("1.0", ""));
  EXPECT_TRUE(keep("1.0", "Connection: Keep-Alive\r\n"));
}

TEST(RequestParser, RefusesWhatCouldSmuggle) {
  EXPECT_EQ(refusal("GET / HTTP/1.1\nHost: a\n\n"), "a line feed without carriage return");
  EXPECT_EQ(refusal(get_with("A: b\nC: d\r\n")), "a line feed without carriage return");
  EXPECT_EQ(refusal(get_with("X-Abc: \rxTransfer-Encoding: chunked\r\n")), "a control character in a header field");
  EXPECT_EQ(refusal(get_with("A: b\r\n folded: c\r\n")), "a folded header field");
  EXPECT_EQ(refusal(get_with("A: b\r\n\tfolded\r\n")), "a folded header field");
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), "a folded header field");
  EXPECT_EQ(refusal(get_with("Content-Length : 5\r\n")), "a bad header field name");
  EXPECT_EQ(refusal(get_with("Content-Length\t: 5\r\n")), "a bad header field name");
  EXPECT_EQ(refusal(get_with(": 5\r\n")), "a bad header field name");
  EXPECT_EQ(refusal(get_with("no-colon\r\n")), "a bad header field name");
  EXPECT_EQ(refusal(get_with("A: \x7f\r\n")), "a control character in a header field");
  EXPECT_EQ(refusal(get_with(std::string_view("A: \0\r\n", 6))), "a control character in a header field");
  EXPECT_EQ(refusal(get_with("Content-Length: 5\r\nContent-Length: 5\r\n")), "several Content-Length fields");
  EXPECT_EQ(refusal(get_with("Content-Length: 5, 5\r\n")), "a bad Content-Length");
  for (const std::string_view length :
       {"", "+5", "-5", "5 5", "0x5", "5.0", "18446744073709551616", "99999999999999999999"}) {
    EXPECT_FALSE(refusal(get_with("Content-Length: " + std::string(length) + "\r\n")).starts_with("accepted"))
        << length;
  }
  for (const std::string_view coding : {"gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "identity", "",
                                        "xchunked", "chunked;q=1", "\"chunked\"", "chunked,"}) {
    EXPECT_FALSE(refusal(get_with("Transfer-Encoding: " + std::string(coding) + "\r\n")).starts_with("accepted"))
        << coding;
  }
  for (const std::string_view fields :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"}) {
    EXPECT_FALSE(refusal(get_with(fields)).starts_with("accepted")) << fields;
  }
  EXPECT_EQ(refusal("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
            "Transfer-Encoding in HTTP/1.0");
}

TEST(RequestParser, AllowsExactlyTheRightBytesInValuesAtAnyPlace) {
  for (int c = 0; c < 256; ++c) {
    const bool allowed = c == '\t' || (c >= 0x20 && c != 0x7F);
    for (const std::size_t before : {std::size_t{1}, std::size_t{15}, std::size_t{16}, std::size_t{40}}) {
      const std::string value = std::string(before, 'v') + static_cast<char>(c) + std::string(20, 'v');
      EXPECT_EQ(refusal(get_with("A: " + value + "\r\n")).starts_with("accepted"), allowed) << c << " " << before;
    }
  }
}

TEST(RequestParser, RefusesBadHostsAndTargets) {
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n\r\n"), "no Host field");
  EXPECT_EQ(refusal(get_with("Host: b\r\n")), "several Host fields");
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), "a bad Host field");
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"), "a bad Host field");
  for (const std::string_view line :
       {"GET http://a/ HTTP/1.1", "GET a HTTP/1.1", "GET * HTTP/1.1", "CONNECT a:443 HTTP/1.1", "GET /#f HTTP/1.1",
        "GET /\xc3\xa9 HTTP/1.1", "GET  / HTTP/1.1", "GET / HTTP/1.1 ", "GET / HTTP/1.2", "GET / HTTP/2.0",
        "GET / HTTP/0.9", "GET /", "GET / http/1.1", "G(T / HTTP/1.1", " GET / HTTP/1.1", "GET\t/ HTTP/1.1",
        "GET /a b HTTP/1.1"}) {
    EXPECT_FALSE(refusal(std::string(line) + "\r\nHost: a\r\n\r\n").starts_with("accepted")) << line;
  }
}

TEST(RequestParser, RefusesBadChunks) {
  const auto chunks = [](std::string_view body) {
    return refusal("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body));
  };
  EXPECT_THAT(chunks("0\r\n\r\n"), testing::StartsWith("accepted"));
  EXPECT_EQ(chunks("\r\n"), "a bad chunk size");
  EXPECT_EQ(chunks("x\r\n"), "a bad chunk size");
  EXPECT_EQ(chunks("0x5\r\n"), "a bad chunk size");
  EXPECT_EQ(chunks("-1\r\n"), "a bad chunk size");
  EXPECT_EQ(chunks(" 5\r\n"), "a bad chunk size");
  EXPECT_EQ(chunks("5 \r\n"), "a bad chunk size");
  EXPECT_EQ(chunks("5\n"), "a bad chunk size");
  EXPECT_EQ(chunks("5\rx"), "a bad chunk size line");
  EXPECT_EQ(chunks("00000000000000005\r\n"), "a chunk size that is too long");
  EXPECT_EQ(chunks("5\r\nhelloX"), "a chunk longer than its size");
  EXPECT_EQ(chunks("5\r\nhello\n"), "a chunk longer than its size");
  EXPECT_EQ(chunks("5\r\nhello\rX"), "a bad chunk end");
  EXPECT_EQ(chunks("5;a\nb\r\n"), "a control character in a chunk extension");
  EXPECT_EQ(chunks("5;" + std::string(300, 'a')), "too long chunk extensions");
  EXPECT_EQ(chunks("0\r\nA: b\n"), "a line feed without carriage return");
  EXPECT_EQ(chunks("0\r\nA : b\r\n"), "a bad header field name");
  EXPECT_EQ(chunks("0\r\nA: b\r\n c\r\n"), "a folded header field");
  std::string many;
  for (int i = 0; i < 100; ++i) many += "1;" + std::string(250, 'a') + "\r\nx\r\n";
  EXPECT_EQ(chunks(many), "too long chunk extensions");
  std::string trailers = "0\r\n";
  for (int i = 0; i < 200; ++i) trailers += "A: b\r\n";
  EXPECT_EQ(chunks(trailers), "too many trailers");
  EXPECT_EQ(chunks("0\r\nA: " + std::string(70'000, 'a')), "too long trailers");
}

TEST(RequestParser, TellsHowMuchIsAnnounced) {
  const auto announced = [](std::string_view bytes) {
    RequestParser parser;
    std::string body;
    bytes.remove_prefix(parser.parse_head(bytes).value());
    EXPECT_TRUE(parser.parse_body(bytes, body));
    return parser.body_bytes_announced();
  };
  EXPECT_EQ(announced("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"), 7U);
  const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(announced(chunked), 0U);
  EXPECT_EQ(announced(chunked + "fff"), 0U) << "the size may go on";
  EXPECT_EQ(announced(chunked + "ffffffffffffffff\r\nab"), 0xfffffffffffffffdU);
  EXPECT_EQ(announced(chunked + "3\r\nabc\r\n5\r\n"), 5U);
  EXPECT_EQ(announced(chunked + "3\r\nabc\r\n0\r\n\r\n"), 0U);
}

TEST(RequestParser, BoundsTheHead) {
  const auto code = [](const std::string& bytes, std::size_t step, HeadLimits limits) {
    RequestParser parser(limits);
    for (std::size_t at = 0; at < bytes.size() && !parser.head_done();) {
      const auto taken = parser.parse_head(std::string_view(bytes).substr(at, step));
      if (!taken) return taken.error().code;
      at += *taken;
    }
    return parser.head_done() ? ErrorCode::kNotConfigured : ErrorCode::kCancelled;
  };
  const std::string head = get_with("A: " + std::string(100, 'a') + "\r\n");
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, head.size()}) {
    EXPECT_EQ(code(head, step, {head.size(), 2}), ErrorCode::kNotConfigured) << step;
    EXPECT_EQ(code(head, step, {head.size() - 1, 2}), ErrorCode::kHeadersTooLarge) << step;
    EXPECT_EQ(code(head, step, {head.size(), 1}), ErrorCode::kHeadersTooLarge) << step;
    EXPECT_EQ(code(std::string(1000, 'a'), step, {500, 10}), ErrorCode::kHeadersTooLarge) << step;
    std::string empty_lines;
    for (int i = 0; i < 500; ++i) empty_lines += "\r\n";
    EXPECT_EQ(code(empty_lines, step, {500, 10}), ErrorCode::kHeadersTooLarge) << step;
  }
}

// All body bytes of the answer, with what the parser says about its end.
std::string describe_response(std::initializer_list<std::string_view> parts, bool answer_to_head = false) {
  ResponseParser parser;
  parser.reset(answer_to_head);
  std::string body;
  for (const std::string_view part : parts) {
    std::string_view rest = part;
    while (!rest.empty() && !parser.body_done()) {
      std::string_view piece;
      const auto taken = parser.head_done() ? parser.parse_body(rest, piece) : parser.parse_head(rest);
      if (!taken) return "error: " + taken.error().message;
      body.append(piece);
      rest.remove_prefix(*taken);
    }
    if (!rest.empty()) body.append(" rest:").append(rest);
  }
  if (!parser.head_done()) return "no head";
  const bool done = parser.body_done();
  return std::to_string(parser.head().status) + (parser.head().keep_alive ? " keep " : " close ") + body +
         (done                       ? " done"
          : parser.finish_on_close() ? " closed"
                                     : " cut");
}

TEST(RequestParser, TellsWhatIsKnownOfARefusedOrUnfinishedHead) {
  const auto seen = [](std::string_view bytes, std::size_t step, HeadLimits limits = {}) {
    RequestParser parser(limits);
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      if (!parser.parse_head(bytes.substr(at, step))) break;
    }
    const RequestHead head = parser.glimpse();
    std::string text = head.method + " " + head.target;
    for (const Header field : head.headers.fields()) {
      text.append(" [").append(field.name).append(":").append(field.value).append("]");
    }
    return text;
  };
  const std::string start = "\r\nPOST /v1/messages?a=b HTTP/1.1\r\nanthropic-version: 2023-06-01 \r\n";
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
    EXPECT_EQ(seen(start + "Bad Field: 1\r\n", step), "POST /v1/messages?a=b [anthropic-version:2023-06-01]");
    EXPECT_EQ(seen(start + "x-api-key: unfin", step), "POST /v1/messages?a=b [anthropic-version:2023-06-01]");
    EXPECT_EQ(seen(start + "\r\n", step), "POST /v1/messages?a=b [anthropic-version:2023-06-01]") << "no Host";
    EXPECT_EQ(seen(start + "X: " + std::string(300, 'x'), step, {.bytes_max = 200}),
              "POST /v1/messages?a=b [anthropic-version:2023-06-01]");
    EXPECT_EQ(seen("POST /v1/mess", step), " ");
    EXPECT_EQ(seen("PO{ST /v1/messages HTTP/1.1\r\nHost: a\r\n\r\n", step), "  [Host:a]");
    EXPECT_EQ(seen("nonsense\n", step), " ");
    EXPECT_EQ(seen("HEAD http://a/ HTTP/1.1\r\n", step), "HEAD ") << "a HEAD is known by its method alone";
    EXPECT_EQ(seen(kPost, step).substr(0, 28), "POST /v1/messages?beta=true ");
  }
}

TEST(ResponseParser, DelimitsBodies) {
  EXPECT_EQ(describe_response({"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"}), "200 keep hi done");
  EXPECT_EQ(describe_response({"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi"}), "200 keep hi cut");
  EXPECT_EQ(describe_response({"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}), "200 keep  done");
  EXPECT_EQ(describe_response({"HTTP/1.1 200 OK\r\n\r\nhi"}), "200 close hi closed");
  EXPECT_EQ(describe_response({"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi"}), "200 close hi done");
  EXPECT_EQ(describe_response({"HTTP/1.1 204 No Content\r\n\r\n"}), "204 keep  done");
  EXPECT_EQ(describe_response({"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"}), "304 keep  done");
  EXPECT_EQ(describe_response({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"}, true), "200 keep  done");
  EXPECT_EQ(describe_response({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi"}), "200 keep hi cut");
  EXPECT_EQ(describe_response({"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nhiHTTP"}), "200 keep hi rest:HTTP done");
}

TEST(ResponseParser, SkipsInterimHeadsAtEverySplitPoint) {
  const std::string bytes =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"
      "3\r\none\r\n4;x=y\r\n two\r\n0\r\nX: y\r\n\r\n";
  EXPECT_EQ(describe_response({bytes}), "200 keep one two done");
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    EXPECT_EQ(describe_response({std::string_view(bytes).substr(0, split), std::string_view(bytes).substr(split)}),
              "200 keep one two done")
        << split;
  }
}

TEST(ResponseParser, GivesOneViewPerChunkIntoTheInput) {
  ResponseParser parser;
  parser.reset(false);
  ASSERT_TRUE(parser.parse_head("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  const std::string_view bytes = "3\r\none\r\n3\r\ntwo\r\n";
  std::string_view piece;
  EXPECT_EQ(parser.parse_body(bytes, piece).value(), 11U);
  EXPECT_EQ(piece.data(), bytes.data() + 3);
  EXPECT_EQ(piece, "one");
  EXPECT_EQ(parser.parse_body(bytes.substr(11), piece).value(), 5U);
  EXPECT_EQ(piece, "two");
}

TEST(ResponseParser, RefusesGarbage) {
  std::string interim;
  for (int i = 0; i < 20; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  for (const std::string_view bytes :
       {std::string_view("HTTP/1.1 101 Switching Protocols\r\n\r\n"), std::string_view("HTTP/1.1 20 OK\r\n\r\n"),
        std::string_view("HTTP/1.1 099 OK\r\n\r\n"), std::string_view("HTTP/2 200 OK\r\n\r\n"),
        std::string_view("SSH-2.0-x\r\n\r\n"), std::string_view("\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
        std::string_view("HTTP/1.1 200 OK\n\n"), std::string_view("HTTP/1.1 200 OK\r\nA\r\n\r\n"),
        std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
        std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
        std::string_view("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), std::string_view(interim)}) {
    EXPECT_THAT(describe_response({bytes}), testing::StartsWith("error: malformed HTTP response: ")) << bytes;
  }
}

TEST(Headers, ReplaceAndRemoveByName) {
  Headers headers;
  headers.add("A", "1");
  headers.add("B", "2");
  headers.add("a", "3");
  headers.set("A", "4");
  EXPECT_EQ(headers.joined("a"), "4");
  headers.remove("b");
  EXPECT_EQ(headers.fields().size(), 1U);
  headers.set(headers.fields()[0].name, "5");
  EXPECT_EQ(headers.get("A"), "5");
}

TEST(HeadWriter, NeverSplitsAMessage) {
  Headers headers;
  headers.add("A", "1");
  headers.add("Bad", "x\r\nSet-Cookie: y");
  headers.add("Bad\r\nX", "y");
  headers.add("Bad", std::string(1, '\0'));
  headers.add("", "y");
  std::string out;
  append_response_head(out, 429, headers);
  EXPECT_EQ(out, "HTTP/1.1 429 Too Many Requests\r\nA: 1\r\n\r\n");
  out.clear();
  append_request_head(out, "POST", "/a b\r\n?x=%20", headers);
  EXPECT_EQ(out, "POST /a%20b%0D%0A?x=%20 HTTP/1.1\r\nA: 1\r\n\r\n");
  out.clear();
  append_chunk_size(out, 31);
  EXPECT_EQ(out, "1f\r\n");
}

}  // namespace
}  // namespace stargate::codec::http1

// AWS's published signing test suite (tests/data/sigv4): every case is signed, compared in each intermediate text, and
// then verified.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "aws/canonical.h"
#include "aws/sigv4.h"
#include "aws/timestamp.h"
#include "codec/json.h"

namespace stargate::aws {
namespace {

namespace fs = std::filesystem;

const fs::path kCorpus = fs::path(STARGATE_SOURCE_DIR) / "tests/data/sigv4/v4";

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  std::string text{std::istreambuf_iterator<char>(file), {}};
  return text;
}

struct CorpusCase {
  std::string method, path, query, body;
  std::vector<std::pair<std::string, std::string>> headers;
  SigningIdentity identity;
  std::string region, service;
  WallTime time;
  bool normalize = true, sign_body = false, omit_session_token = false;

  [[nodiscard]] Scope scope() const { return {region, service}; }
  [[nodiscard]] SigningRequest request() const {
    SigningRequest signing{.method = method,
                           .path = path,
                           .query = query,
                           .headers = {},
                           .body_hash = codec::sha256(body),
                           .normalize_path = normalize};
    for (const auto& [name, value] : headers) signing.headers.emplace_back(name, value);
    return signing;
  }
};

bool flag(const codec::json::Value& object, std::string_view name) {
  const auto value = object.find(name);
  return value && value->as_bool().value_or(false);
}

void read_context(const fs::path& folder, CorpusCase& c) {
  const auto document = codec::json::Document::parse_copy(read_file(folder / "context.json"));
  ASSERT_TRUE(document) << document.error().message;
  const auto root = document->root();
  const auto credentials = root.find("credentials");
  ASSERT_TRUE(credentials);
  c.identity.access_key_id = credentials->text_at("access_key_id");
  c.identity.secret_access_key = Secret(credentials->text_at("secret_access_key"));
  c.identity.session_token = Secret(credentials->text_at("token"));
  c.region = root.text_at("region");
  c.service = root.text_at("service");
  c.normalize = flag(root, "normalize");
  c.sign_body = flag(root, "sign_body");
  c.omit_session_token = flag(root, "omit_session_token");
  const auto time = parse_iso8601(root.text_at("timestamp"));
  ASSERT_TRUE(time);
  c.time = *time;
}

void read_request(const fs::path& folder, CorpusCase& c) {
  const std::string text = read_file(folder / "request.txt");
  const std::size_t blank = text.find("\n\n");
  std::string_view head = std::string_view(text).substr(0, blank);
  if (blank != std::string::npos) c.body = text.substr(blank + 2);
  const auto line = [&head] {
    const std::size_t end = head.find('\n');
    const std::string_view one = head.substr(0, end);
    head.remove_prefix(end == std::string_view::npos ? head.size() : end + 1);
    return one;
  };
  const std::string_view first = line();
  const std::size_t method_end = first.find(' ');
  const std::string_view target = first.substr(method_end + 1, first.rfind(' ') - method_end - 1);
  c.method = first.substr(0, method_end);
  c.path = target.substr(0, target.find('?'));
  if (target.find('?') != std::string_view::npos) c.query = target.substr(target.find('?') + 1);
  while (!head.empty()) {
    const std::string_view header = line();
    if (header.starts_with(' ')) {  // a folded line belongs to the value before it
      c.headers.back().second.append("\n").append(header);
      continue;
    }
    c.headers.emplace_back(header.substr(0, header.find(':')), header.substr(header.find(':') + 1));
  }
}

CorpusCase load(const fs::path& folder) {
  CorpusCase c;
  read_context(folder, c);
  read_request(folder, c);
  if (c.sign_body) c.headers.emplace_back("x-amz-content-sha256", codec::hex(codec::sha256(c.body)));
  // What the case adds after signing is not the signer's business.
  if (c.omit_session_token) c.identity.session_token = Secret();
  return c;
}

std::vector<fs::path> folders() {
  std::vector<fs::path> all;
  for (const auto& entry : fs::directory_iterator(kCorpus)) all.push_back(entry.path());
  std::ranges::sort(all);
  return all;
}

class SigV4Corpus : public ::testing::TestWithParam<fs::path> {};

TEST_P(SigV4Corpus, signs_as_aws_does) {
  const CorpusCase c = load(GetParam());
  SigningRequest full = c.request();
  const std::string stamp = amz_date(c.time);
  if (std::ranges::none_of(full.headers, [](const auto& h) { return same_name(h.first, "x-amz-date"); })) {
    full.headers.emplace_back("x-amz-date", stamp);
  }
  if (!c.identity.session_token.empty()) {
    full.headers.emplace_back("x-amz-security-token", c.identity.session_token.reveal());
  }
  const std::string canonical = canonical_request(full);
  EXPECT_EQ(canonical, read_file(GetParam() / "header-canonical-request.txt"));
  std::string expected_text = read_file(GetParam() / "header-string-to-sign.txt");
  if (expected_text.ends_with('\n')) expected_text.pop_back();
  EXPECT_EQ(string_to_sign(canonical, c.scope(), c.time), expected_text);

  const auto added = sign(c.request(), c.identity, c.scope(), c.time);
  ASSERT_FALSE(added.empty());
  EXPECT_EQ(added.back().first, "Authorization");
  EXPECT_TRUE(added.back().second.ends_with("Signature=" + read_file(GetParam() / "header-signature.txt")))
      << added.back().second;
}

// What arrives at a server: AWS's verifier (and ours) always cleans the path.
TEST_P(SigV4Corpus, verifies_what_it_signed_and_nothing_that_was_changed) {
  const CorpusCase c = load(GetParam());
  SigningRequest request = c.request();
  request.normalize_path = true;
  const auto added = sign(request, c.identity, c.scope(), c.time);
  VerifyRequest arrived{
      .method = c.method, .path = c.path, .query = c.query, .headers = request.headers, .body = c.body};
  for (const auto& [name, value] : added) arrived.headers.emplace_back(name, value);
  const auto good = verify(arrived, c.identity, c.scope(), c.time);
  EXPECT_TRUE(good) << good.error().message;

  const auto refused = [&](const VerifyRequest& changed) {
    const auto bad = verify(changed, c.identity, c.scope(), c.time);
    return !bad && bad.error().type == "InvalidSignatureException" && bad.error().upstream_status == 403 &&
           bad.error().message.starts_with("The request signature we calculated does not match");
  };
  VerifyRequest changed = arrived;
  const std::string body = c.body + " ";
  changed.body = body;
  EXPECT_TRUE(refused(changed)) << "body";
  changed = arrived;
  const std::string path = c.path + "x";
  changed.path = path;
  EXPECT_TRUE(refused(changed)) << "path";
  changed = arrived;
  const std::string query = c.query + "&admin=1";
  changed.query = query;
  EXPECT_TRUE(refused(changed)) << "query";
  changed = arrived;
  changed.method = "PUT";
  EXPECT_TRUE(refused(changed)) << "method";
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    if (same_name(request.headers[i].first, "x-amz-date")) continue;  // refused for its form instead
    changed = arrived;
    const std::string value = std::string(changed.headers[i].second) + "x";
    changed.headers[i].second = value;
    EXPECT_TRUE(refused(changed)) << changed.headers[i].first;
    changed = arrived;
    changed.headers.erase(changed.headers.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(verify(changed, c.identity, c.scope(), c.time)) << "left out: " << arrived.headers[i].first;
  }
}

INSTANTIATE_TEST_SUITE_P(v4, SigV4Corpus, ::testing::ValuesIn(folders()), [](const auto& parameter) {
  std::string name = parameter.param.filename().string();
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(SigV4CorpusFiles, are_all_there) { EXPECT_EQ(folders().size(), 39U); }

}  // namespace
}  // namespace stargate::aws

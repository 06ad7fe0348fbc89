// The chain against golden cases: tests/data/aws_credentials/<case>/ has the environment (env.json), the files (fs/),
// the HTTP exchanges in their order (http.json), the processes (process.json), and the settings and the expected end
// (test-case.json). Whatever the case does not list must not be asked for. Covers the chain's parts as well:
// aws/chain_context.cc, aws/metadata_source.cc, aws/profile_source.cc, aws/sts_source.cc.
#include "aws/credential_chain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "aws/timestamp.h"
#include "codec/json.h"

namespace stargate::aws {
namespace {

namespace fs = std::filesystem;
using codec::json::Document;
using codec::json::Value;

const fs::path kCases = fs::path(STARGATE_SOURCE_DIR) / "tests/data/aws_credentials";
constexpr int kStepsMax = 50;

std::optional<std::string> read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

// A golden JSON file; an absent one is `otherwise`.
Document read_json(const fs::path& path, const char* otherwise) {
  const std::string text = read_file(path).value_or(otherwise);
  auto document = Document::parse_copy(text);
  EXPECT_TRUE(document) << path << ": " << document.error().message;
  return std::move(*document);
}

ChainSettings read_settings(Value from) {
  ChainSettings settings;
  settings.access_key_id = from.text_at("access_key_id");
  settings.secret_access_key = Secret(from.text_at("secret_access_key"));
  settings.session_token = Secret(from.text_at("session_token"));
  settings.bearer = Secret(from.text_at("bearer"));
  settings.profile = from.text_at("profile");
  settings.role_arn = from.text_at("role_arn");
  settings.role_session_name = from.text_at("role_session_name");
  settings.external_id = from.text_at("external_id");
  settings.web_identity_token = from.text_at("web_identity_token");
  settings.sts_endpoint = from.text_at("sts_endpoint");
  settings.region = from.text_at("region");
  return settings;
}

// The outside world of one case.
class World {
 public:
  explicit World(fs::path folder)
      : folder_(std::move(folder)),
        http_(read_json(folder_ / "http.json", "[]")),
        processes_(read_json(folder_ / "process.json", "[]")) {
    for (const Value exchange : http_.root().elements()) exchanges_.push_back(exchange);
    for (const Value process : processes_.root().elements()) programs_.push_back(process);
  }

  Outcome answer(const ReadFile& action) {
    const auto text = read_file(folder_ / "fs" / fs::path(action.path).relative_path());
    return FileRead{.found = text.has_value(), .text = text.value_or("")};
  }

  Outcome answer(const RunProcess& action) {
    EXPECT_LT(processes_run_, programs_.size()) << "an unexpected process";
    if (processes_run_ >= programs_.size()) return ProcessEnded{.trouble = "unexpected"};
    const Value process = programs_[processes_run_++];
    std::vector<std::string> argv;
    for (const Value word : process.find("argv")->elements()) argv.push_back(word.text());
    EXPECT_EQ(action.argv, argv);
    const auto code = process.find("exit_code");
    return ProcessEnded{.exit_code = static_cast<int>(code ? code->as_int().value_or(0) : 0),
                        .out = process.text_at("out"),
                        .trouble = process.text_at("trouble")};
  }

  Outcome answer(const HttpCall& action) {
    EXPECT_LT(calls_made_, exchanges_.size()) << "an unexpected call: " << action.url;
    if (calls_made_ >= exchanges_.size()) return HttpAnswered{.trouble = "unexpected"};
    const Value exchange = exchanges_[calls_made_++];
    compare(action, *exchange.find("request"));
    const Value response = *exchange.find("response");
    if (response.find("trouble")) return HttpAnswered{.trouble = response.text_at("trouble")};
    const Value body = *response.find("body");
    return HttpAnswered{.status = static_cast<int>(response.find("status")->as_int().value_or(0)),
                        .body = body.is_string() ? body.text() : std::string(body.raw())};
  }

  template <class End>
  Outcome answer(const End& /*end*/) {
    return {};
  }

  void expect_all_used() const {
    EXPECT_EQ(calls_made_, exchanges_.size());
    EXPECT_EQ(processes_run_, programs_.size());
  }

 private:
  static std::string header_of(const HttpCall& call, std::string_view name) {
    for (const auto& [key, value] : call.headers) {
      if (key == name) return value;
    }
    return "(absent)";
  }

  static void compare(const HttpCall& call, Value request) {
    EXPECT_EQ(call.method, request.text_at("method"));
    EXPECT_EQ(call.url, request.text_at("url"));
    if (const auto headers = request.find("headers")) {
      for (const auto member : headers->members()) {
        EXPECT_EQ(header_of(call, member.key().text()), member.value().text()) << member.key().text();
      }
    }
    if (const auto absent = request.find("absent_headers")) {
      for (const Value name : absent->elements()) EXPECT_EQ(header_of(call, name.text()), "(absent)");
    }
    if (const auto contains = request.find("body_contains")) {
      for (const Value part : contains->elements()) {
        EXPECT_NE(call.body.find(part.text()), std::string::npos) << call.body << " lacks " << part.text();
      }
    }
    const std::string signer = request.text_at("signed_by");
    if (signer == "nobody") {
      EXPECT_FALSE(call.sign);
    }
    if (signer.empty() || signer == "nobody") return;
    ASSERT_TRUE(call.sign);
    EXPECT_EQ(call.sign->identity.access_key_id, signer);
    EXPECT_EQ(call.sign->service, "sts");
    if (request.find("signed_region")) {
      EXPECT_EQ(call.sign->region, request.text_at("signed_region"));
    }
  }

  fs::path folder_;
  Document http_;
  Document processes_;
  std::vector<Value> exchanges_;
  std::vector<Value> programs_;
  std::size_t calls_made_ = 0;
  std::size_t processes_run_ = 0;
};

void expect_identity(const Done& done, Value expected) {
  const SigningIdentity& identity = done.identity;
  EXPECT_EQ(identity.access_key_id, expected.text_at("access_key_id"));
  EXPECT_EQ(identity.secret_access_key.reveal(), expected.text_at("secret_access_key"));
  EXPECT_EQ(identity.session_token.reveal(), expected.text_at("session_token"));
  EXPECT_EQ(identity.bearer.reveal(), expected.text_at("bearer"));
  EXPECT_EQ(identity.origin, expected.text_at("origin"));
  EXPECT_EQ(done.region, expected.text_at("region"));
  EXPECT_EQ(identity.expires, parse_iso8601(expected.text_at("expires")));
}

void expect_end(const Action& end, Value result) {
  if (const auto ok = result.find("Ok")) {
    if (const auto* failed = std::get_if<Failed>(&end)) FAIL() << failed->error.message;
    if (const auto* nothing = std::get_if<NotConfigured>(&end)) FAIL() << nothing->tried;
    expect_identity(std::get<Done>(end), *ok);
    return;
  }
  if (const auto tried = result.find("NotConfigured")) {
    const auto* nothing = std::get_if<NotConfigured>(&end);
    ASSERT_NE(nothing, nullptr);
    for (const Value note : tried->elements()) {
      EXPECT_NE(nothing->tried.find(note.text()), std::string::npos) << nothing->tried;
    }
    return;
  }
  const auto* failed = std::get_if<Failed>(&end);
  ASSERT_NE(failed, nullptr);
  EXPECT_NE(failed->error.message.find(result.text_at("Failed")), std::string::npos) << failed->error.message;
}

Environment read_environment(const fs::path& folder) {
  const Document document = read_json(folder / "env.json", "{}");
  Environment environment;
  for (const auto member : document.root().members()) environment[member.key().text()] = member.value().text();
  return environment;
}

class CredentialChainCase : public ::testing::TestWithParam<fs::path> {};

TEST_P(CredentialChainCase, ends_as_expected) {
  const Document test_case = read_json(GetParam() / "test-case.json", "");
  const auto settings = test_case.root().find("settings");
  CredentialChain chain(settings ? read_settings(*settings) : ChainSettings(), read_environment(GetParam()),
                        *parse_iso8601("2026-01-01T00:00:00Z"));
  World world(GetParam());
  Action action = chain.next({});
  for (int step = 0; step < kStepsMax && action.index() < 3; ++step) {
    action = chain.next(std::visit([&world](const auto& what) { return world.answer(what); }, action));
  }
  expect_end(action, *test_case.root().find("result"));
  world.expect_all_used();
  EXPECT_EQ(chain.next({}).index(), action.index()) << "an end stays an end";
}

std::vector<fs::path> folders() {
  std::vector<fs::path> all;
  for (const auto& entry : fs::directory_iterator(kCases)) {
    if (entry.is_directory()) all.push_back(entry.path());
  }
  std::ranges::sort(all);
  return all;
}

INSTANTIATE_TEST_SUITE_P(golden, CredentialChainCase, ::testing::ValuesIn(folders()),
                         [](const auto& parameter) { return parameter.param.filename().string(); });

// Every walk can be dropped at any of its questions, and a driver that answers nonsense gets an end.
TEST(CredentialChain, may_be_dropped_at_any_question_and_survives_nonsense) {
  for (const fs::path& folder : folders()) {
    const Document test_case = read_json(folder / "test-case.json", "");
    const auto settings = test_case.root().find("settings");
    const ChainSettings chosen = settings ? read_settings(*settings) : ChainSettings();
    CredentialChain dropped(chosen, read_environment(folder), WallTime());
    dropped.next({});
    CredentialChain confused(chosen, read_environment(folder), WallTime());
    Action action = confused.next({});
    for (int step = 0; step < kStepsMax && action.index() < 3; ++step) action = confused.next({});
    EXPECT_GE(action.index(), 3U) << folder;
  }
}

}  // namespace
}  // namespace stargate::aws

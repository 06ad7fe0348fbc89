#include "sim/recorder.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "codec/json.h"
#include "codec/uri.h"

namespace stargate::sim {
namespace {

using codec::json::Document;
using codec::json::Writer;

constexpr std::array<std::string_view, 4> kCredentials = {"authorization", "x-amz-security-token", "x-api-key",
                                                          "cookie"};

bool is_credential(std::string_view name) {
  return std::ranges::any_of(kCredentials, [name](auto known) { return codec::http1::iequals(name, known); });
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

}  // namespace

void Recorder::add(const codec::http1::RequestHead& head, std::string_view body, std::string_view request_id) {
  Record record;
  record.request_id = request_id;
  record.method = head.method;
  record.target = head.target;
  for (const auto& field : head.headers.fields()) {
    if (!is_credential(field.name)) record.headers.add(lower(field.name), field.value);
  }
  record.body = body.substr(0, kBodyBytesMax);
  record.body_bytes = body.size();
  const std::lock_guard lock(mutex_);
  record.seq = ++seen_;
  bytes_ += record.body.size();
  records_.push_back(std::move(record));
  while (records_.size() > kRecordsMax || bytes_ > kTotalBytesMax) {
    bytes_ -= records_.front().body.size();
    records_.pop_front();
  }
}

void Recorder::set_status(std::string_view request_id, int status) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(records_.rbegin(), records_.rend(),
                                  [request_id](const Record& record) { return record.request_id == request_id; });
  if (found != records_.rend()) found->status = status;
}

void Recorder::clear() {
  const std::lock_guard lock(mutex_);
  records_.clear();
  bytes_ = 0;
  seen_ = 0;
}

std::string Recorder::record_json(const Record& record) {
  std::string json;
  Writer writer(json);
  const auto [path, query] = codec::split_target(record.target);
  writer.begin_object();
  writer.member("seq", record.seq);
  writer.member("request_id", record.request_id);
  writer.member("method", record.method);
  writer.member("path", std::string(path));
  writer.member("query", std::string(query));
  writer.member("status", record.status);
  std::map<std::string, std::string> headers;
  for (const auto& field : record.headers.fields()) headers.emplace(field.name, record.headers.joined(field.name));
  writer.key("headers");
  writer.begin_object();
  for (const auto& [name, value] : headers) writer.member(name, value);
  writer.end_object();
  writer.member("body_bytes", static_cast<std::int64_t>(record.body_bytes));
  const auto document = Document::parse_copy(record.body);
  const auto betas = document ? document->root().find("anthropic_beta") : std::nullopt;
  writer.member_raw("anthropic_beta", betas ? betas->raw() : "[]");
  writer.key("body");
  if (document) {
    writer.raw(record.body);
  } else {
    writer.string(record.body);
  }
  writer.end_object();
  return json;
}

std::string Recorder::json() const {
  const std::lock_guard lock(mutex_);
  std::string json;
  Writer writer(json);
  writer.begin_object();
  writer.member("seen", seen_);
  writer.key("requests");
  writer.begin_array();
  for (const Record& record : records_) writer.raw(record_json(record));
  writer.end_array();
  writer.end_object();
  return json;
}

}  // namespace stargate::sim

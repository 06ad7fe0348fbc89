#include "sim/bill.h"

#include <chrono>
#include <utility>

#include "codec/json.h"

namespace stargate::sim {
namespace {

using codec::json::Writer;

void write_usage(Writer& writer, const llm::Usage& usage) {
  writer.member("input_tokens", usage.input_tokens);
  writer.member("output_tokens", usage.output_tokens);
  writer.member("cache_read_tokens", usage.cache_read_tokens);
  writer.member("cache_write_tokens", usage.cache_write_tokens);
  writer.member("cache_write_5m_tokens", usage.cache_write_5m_tokens);
  writer.member("cache_write_1h_tokens", usage.cache_write_1h_tokens);
}

void write_entry(Writer& writer, const BillEntry& entry) {
  using std::chrono::duration_cast;
  writer.begin_object();
  writer.member("request_id", entry.request_id);
  writer.member("model", entry.model);
  writer.member("model_id", entry.model_id);
  writer.member("operation", entry.operation);
  writer.member("end", entry.end);
  writer.member("at_ms", static_cast<std::int64_t>(
                             duration_cast<std::chrono::milliseconds>(entry.at.time_since_epoch()).count()));
  write_usage(writer, entry.usage);
  writer.end_object();
}

}  // namespace

void Bill::Sum::add(const llm::Usage& more) {
  ++calls;
  usage.input_tokens += more.input_tokens;
  usage.output_tokens += more.output_tokens;
  usage.cache_read_tokens += more.cache_read_tokens;
  usage.cache_write_tokens += more.cache_write_tokens;
  usage.cache_write_5m_tokens += more.cache_write_5m_tokens;
  usage.cache_write_1h_tokens += more.cache_write_1h_tokens;
}

std::string Bill::sum_json(const Sum& sum) {
  std::string json;
  Writer writer(json);
  writer.begin_object();
  writer.member("calls", sum.calls);
  write_usage(writer, sum.usage);
  writer.end_object();
  return json;
}

void Bill::add(BillEntry entry) {
  const std::lock_guard lock(mutex_);
  total_.add(entry.usage);
  by_model_[entry.model].add(entry.usage);
  if (entries_.size() >= kEntriesMax) entries_.pop_front();
  entries_.push_back(std::move(entry));
}

void Bill::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
  by_model_.clear();
  total_ = {};
}

std::string Bill::json() const {
  const std::lock_guard lock(mutex_);
  std::string json;
  Writer writer(json);
  writer.begin_object();
  writer.key("entries");
  writer.begin_array();
  for (const BillEntry& entry : entries_) write_entry(writer, entry);
  writer.end_array();
  writer.member_raw("totals", sum_json(total_));
  writer.key("by_model");
  writer.begin_object();
  for (const auto& [model, sum] : by_model_) writer.member_raw(model, sum_json(sum));
  writer.end_object();
  writer.end_object();
  return json;
}

}  // namespace stargate::sim

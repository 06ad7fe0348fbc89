#include "app/access_log.h"

#include <chrono>
#include <string>

namespace stargate::app {

namespace {

double milliseconds(Duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

std::string attempts_text(const std::vector<ports::AttemptRecord>& attempts) {
  std::string text;
  for (const ports::AttemptRecord& attempt : attempts) {
    if (!text.empty()) text += ' ';
    text += attempt.deployment_id + ":" + attempt.outcome;
  }
  return text;
}

std::string losses_text(const std::vector<llm::Loss>& losses) {
  std::string text;
  for (const llm::Loss& loss : losses) {
    if (!text.empty()) text += "; ";
    text += loss.what + " " + loss.action;
  }
  return text;
}

}  // namespace

void AccessLog::record(const ports::RequestRecord& record) {
  const bool inference = !record.model.empty();
  if (!inference) {
    auto level = base::LogLevel::kDebug;
    if (record.status >= 400) level = base::LogLevel::kInfo;
    if (record.status >= 500) level = base::LogLevel::kWarn;
    log_->write(level, "request",
                {{"request_id", record.request_id},
                 {"method", record.method},
                 {"route", record.route},
                 {"status", record.status},
                 {"ms", milliseconds(record.took)},
                 {"error", record.error},
                 {"error_message", record.error_message},
                 {"key_alias", record.key_alias},
                 {"peer", record.peer}});
    return;
  }
  if (!log_->enabled(base::LogLevel::kInfo)) return;
  log_->info("request", {{"request_id", record.request_id},
                         {"method", record.method},
                         {"route", record.route},
                         {"status", record.status},
                         {"ms", milliseconds(record.took)},
                         {"overhead_ms", milliseconds(record.overhead)},
                         {"first_event_ms", milliseconds(record.first_event_after)},
                         {"model", record.model},
                         {"deployment", record.deployment_id},
                         {"stream", record.stream},
                         {"key_alias", record.key_alias},
                         {"user_id", record.user_id},
                         {"input_tokens", record.usage.input_tokens},
                         {"output_tokens", record.usage.output_tokens},
                         {"cache_read_tokens", record.usage.cache_read_tokens},
                         {"cache_write_tokens", record.usage.cache_write_tokens},
                         {"cost_usd", record.cost ? base::dollars(*record.cost) : std::string()},
                         {"finish", record.finish_reason},
                         {"error", record.error},
                         {"error_message", record.error_message},
                         {"attempts", attempts_text(record.attempts)},
                         {"losses", losses_text(record.losses)},
                         {"session_id", record.session_id},
                         {"agent_id", record.agent_id},
                         {"peer", record.peer}});
}

}  // namespace stargate::app

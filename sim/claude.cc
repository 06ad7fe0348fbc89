#include "sim/claude.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sim/schema.h"
#include "sim/thinking.h"
#include "sim/tokens.h"

namespace stargate::sim {
namespace {

using codec::json::Value;

constexpr std::size_t kQuoteBytesMax = 120;
constexpr std::int64_t kThinkTokensDefault = 24;
constexpr std::size_t kIdDigits = 24;

constexpr std::array<std::string_view, 24> kWords = {
    "the",  "gateway", "carries", "each", "token",   "from",  "one",     "shore", "to",   "another", "and",  "counts",
    "them", "on",      "its",     "way",  "because", "every", "request", "has",   "some", "price",   "that", "adds"};

// `bytes` bytes of plain words: the same for the same length.
std::string prose(std::size_t bytes) {
  std::string text;
  text.reserve(bytes + 16);
  for (std::size_t i = 0; text.size() < bytes; ++i) {
    if (i > 0) text.push_back(' ');
    text.append(kWords[(i * 7 + i / kWords.size()) % kWords.size()]);
  }
  text.resize(bytes);
  if (!text.empty()) text.back() = '.';
  return text;
}

// At most `bytes` bytes of a text, cut where a character ends.
std::string_view cut_utf8(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

std::string one_line(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  text = cut_utf8(text.substr(first), kQuoteBytesMax);
  std::string line(text);
  for (char& c : line) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

std::string tool_result_text(const Block& block) {
  const auto content = block.value.find("content");
  if (!content) return {};
  if (content->is_string()) return content->text();
  std::string text;
  for (const Value element : content->elements()) text.append(element.text_at("text"));
  return text;
}

// Index of the last turn that is not a system message; kNoMessage when there is none.
std::size_t last_turn(const Prompt& prompt) {
  for (std::size_t i = prompt.turns.size(); i-- > 0;) {
    if (prompt.turns[i].role != "system") return i;
  }
  return kNoMessage;
}

// Text that clients put around a prompt and that nobody typed.
bool is_reminder(std::string_view text) { return text.find("<system-reminder>") != std::string_view::npos; }

class Answer {
 public:
  Answer(const Model& model, const Prompt& prompt, Value body, const Directives& directives)
      : model_(&model), prompt_(&prompt), body_(body), directives_(&directives) {}

  Reply make() {
    reply_.model = anthropic_name(*model_);
    reply_.id = "msg_bdrk_" + id_from("message");
    const auto limit = body_.find("max_tokens");
    left_ = limit ? limit->as_int().value_or(0) : 0;
    think();
    speak();
    if (!directives_->stop_reason.empty()) reply_.stop_reason = directives_->stop_reason;
    for (const ReplyBlock& block : reply_.blocks) reply_.usage.output_tokens += block.tokens;
    reply_.usage.output_tokens = std::max<std::int64_t>(1, reply_.usage.output_tokens);
    reply_.counts_thinking = asks_for_thinking_count();
    return std::move(reply_);
  }

 private:
  std::string id_from(std::string_view what) const {
    const codec::Sha256 digest = codec::sha256(
        std::string(codec::as_view(prompt_->digest())).append(body_.raw()).append(model_->id).append(what));
    return codec::hex(digest).substr(0, kIdDigits);
  }

  bool asks_for_thinking_count() const {
    const auto betas = body_.find("anthropic_beta");
    if (!betas) return false;
    for (const Value beta : betas->elements()) {
      if (beta.is_string() && beta.text().starts_with("thinking-token-count")) return true;
    }
    return false;
  }

  void think() {
    const auto thinking = body_.find("thinking");
    const std::string type = thinking ? thinking->text_at("type") : "";
    if (type != "enabled" && type != "adaptive") return;
    if (type == "adaptive" && directives_->think_tokens == 0) return;  // an adaptive model may do without
    std::int64_t tokens = std::max<std::int64_t>(1, directives_->think_tokens.value_or(kThinkTokensDefault));
    if (const auto budget = thinking->find("budget_tokens"))
      tokens = std::min(tokens, budget->as_int().value_or(tokens));
    tokens = std::min(tokens, left_);
    if (tokens == 0) return;
    ReplyBlock block;
    block.kind = ReplyKind::kThinking;
    const bool shown = thinking->text_at("display") != "omitted";
    if (shown) block.text = prose(static_cast<std::size_t>(tokens * kBytesPerToken));
    block.signature = sign_thinking(*model_, block.text, prompt_->digest());
    block.tokens = tokens;
    reply_.usage.reasoning_tokens = tokens;
    left_ -= tokens;
    reply_.blocks.push_back(std::move(block));
  }

  void speak() {
    const bool calls = call_tools();
    if (calls && !directives_->text_tokens && !directives_->say) return finish_calls();
    if (calls) {
      // Text that is asked for beside a call stands before it.
      std::vector<ReplyBlock> after;
      while (!reply_.blocks.empty() && reply_.blocks.back().kind == ReplyKind::kToolUse) {
        after.insert(after.begin(), std::move(reply_.blocks.back()));
        reply_.blocks.pop_back();
      }
      say(text());
      for (ReplyBlock& block : after) reply_.blocks.push_back(std::move(block));
      return finish_calls();
    }
    say(text());
  }

  void finish_calls() {
    if (reply_.stop_reason == "end_turn") reply_.stop_reason = "tool_use";
  }

  // Adds the calls that are asked for; false when there are none.
  bool call_tools() {
    const auto tools = body_.find("tools");
    if (!tools || tools->size() == 0) return false;
    const auto choice = body_.find("tool_choice");
    const std::string choice_type = choice ? choice->text_at("type") : "auto";
    if (choice_type == "none") return false;
    const std::string forced = choice_type == "tool" ? choice->text_at("name") : "";
    bool any = false;
    for (const ToolDirective& wanted : directives_->tools) {
      if (!forced.empty() && wanted.name != forced) continue;
      if (const auto tool = tool_named(*tools, wanted.name)) any = call(*tool, wanted.input) || any;
    }
    if (any || (forced.empty() && choice_type != "any")) return any;
    const auto tool = forced.empty() ? std::optional(*tools->elements().begin()) : tool_named(*tools, forced);
    return tool && call(*tool, directives_->json.value_or(""));
  }

  static std::optional<Value> tool_named(Value tools, std::string_view name) {
    for (const Value tool : tools.elements()) {
      if (tool.text_at("name") == name) return tool;
    }
    return std::nullopt;
  }

  bool call(Value tool, std::string input) {
    if (left_ <= 0) return reply_.stop_reason = "max_tokens", false;
    if (input.empty()) {
      const auto schema = tool.find("input_schema");
      input = schema ? value_for_schema(*schema) : "{}";
    }
    ReplyBlock block;
    block.kind = ReplyKind::kToolUse;
    block.name = tool.text_at("name");
    block.id = "toolu_bdrk_" + id_from(block.name + std::to_string(reply_.blocks.size()));
    const auto room = static_cast<std::size_t>(left_ * kBytesPerToken);
    if (input.size() > room) {
      input = std::string(cut_utf8(input, room));  // a call that max_tokens cuts is not whole JSON, as with Claude
      reply_.stop_reason = "max_tokens";
    }
    block.input = std::move(input);
    block.tokens = count_text(block.input);
    left_ -= block.tokens;
    reply_.blocks.push_back(std::move(block));
    return true;
  }

  std::string text() const {
    if (const auto json = json_text()) return *json;
    if (directives_->say) return *directives_->say;
    if (directives_->text_tokens) return prose(static_cast<std::size_t>(*directives_->text_tokens * kBytesPerToken));
    const std::size_t last = last_turn(*prompt_);
    if (last == kNoMessage) return "Nothing was asked.";
    const Turn& turn = prompt_->turns[last];
    for (const Block& block : turn.blocks) {
      if (block.type == "tool_result") return "The tool answered: " + one_line(tool_result_text(block));
    }
    std::string quote;
    for (const Block& block : turn.blocks) {
      if (block.type == "text" && !is_reminder(block.text)) quote = one_line(block.text);
    }
    std::size_t images = 0;
    for (const Block& block : turn.blocks) images += block.type == "image" ? 1 : 0;
    if (images > 0) return "I see " + std::to_string(images) + " image(s). You said: " + quote;
    return quote.empty() ? "I have nothing to add." : "You said: " + quote;
  }

  std::optional<std::string> json_text() const {
    const auto config = body_.find("output_config");
    const auto format = config ? config->find("format") : std::nullopt;
    if (!format || format->text_at("type") != "json_schema") return std::nullopt;
    if (directives_->json) return directives_->json;
    const auto schema = format->find("schema");
    return schema ? value_for_schema(*schema) : std::string("{}");
  }

  void say(std::string text) {
    if (const auto sequences = body_.find("stop_sequences")) {
      std::size_t first = std::string::npos;
      for (const Value sequence : sequences->elements()) {
        const std::size_t place = text.find(sequence.text());
        if (place == std::string::npos || place >= first) continue;
        first = place;
        reply_.stop_sequence = sequence.text();
      }
      if (reply_.stop_sequence) {
        text.resize(first);
        reply_.stop_reason = "stop_sequence";
      }
    }
    const auto room = static_cast<std::size_t>(std::max<std::int64_t>(0, left_) * kBytesPerToken);
    if (text.size() > room) {
      text = std::string(cut_utf8(text, room));
      reply_.stop_reason = "max_tokens";
      reply_.stop_sequence.reset();
    }
    if (text.empty()) return;
    ReplyBlock block;
    block.tokens = count_text(text);
    block.text = std::move(text);
    left_ -= block.tokens;
    reply_.blocks.push_back(std::move(block));
  }

  const Model* model_;
  const Prompt* prompt_;
  Value body_;
  const Directives* directives_;
  Reply reply_;
  std::int64_t left_ = 0;  // output tokens
};

}  // namespace

Directives directives_of(const Prompt& prompt) {
  Directives directives;
  const std::size_t last = last_turn(prompt);
  if (last == kNoMessage || prompt.turns[last].role != "user") return directives;
  for (const Block& block : prompt.turns[last].blocks) {
    if (block.type == "text") read_directives(block.text, directives);
  }
  // Clients may split one turn in several user messages; a turn that begins with a tool result is answered already.
  for (std::size_t i = last; i-- > 0;) {
    const Turn& turn = prompt.turns[i];
    if (turn.role == "system") continue;
    if (turn.role != "user") break;
    const auto is_result = [](const Block& block) { return block.type == "tool_result"; };
    if (std::ranges::any_of(prompt.turns[i + 1].blocks, is_result)) break;
    for (const Block& block : turn.blocks) {
      if (block.type == "text") read_directives(block.text, directives);
    }
  }
  return directives;
}

std::string anthropic_name(const Model& model) {
  std::string_view name = model.id;
  if (name.starts_with("anthropic.")) name.remove_prefix(std::string_view("anthropic.").size());
  if (const auto version = name.find("-v1"); version != std::string_view::npos) name = name.substr(0, version);
  return std::string(name);
}

Reply answer(const Model& model, const Prompt& prompt, Value body, const Directives& directives) {
  return Answer(model, prompt, body, directives).make();
}

}  // namespace stargate::sim

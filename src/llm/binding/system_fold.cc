#include "llm/binding/system_fold.h"

#include <string_view>

namespace stargate::llm::binding {

namespace json = codec::json;

namespace {

constexpr std::string_view kReminderOpen = R"({"type":"text","text":"<system-reminder>\n)";
constexpr std::string_view kReminderClose = R"(\n</system-reminder>")";

enum class Role : std::uint8_t { kUser, kFolded, kOther };

bool is_system(json::Value message) {
  const auto role = message.find("role");
  return role && role->is_string() && role->equals("system");
}

bool any_system(json::Value messages) {
  for (const json::Value message : messages.elements()) {
    if (is_system(message)) return true;
  }
  return false;
}

// The content of one user turn under construction: raw block texts joined by commas.
class Turn {
 public:
  void add(std::string_view block) {
    if (!blocks_.empty()) blocks_ += ',';
    blocks_ += block;
  }

  // A folded message waits until the next user message has given its tool results: those must come first.
  void hold_reminder(json::Value content) {
    if (content.is_string()) return hold_text(content.escaped(), {});
    for (const json::Value block : content.elements()) {
      const auto text = block.find("text");
      if (text && text->is_string()) {
        const auto cache_control = block.find("cache_control");
        hold_text(text->escaped(), cache_control ? cache_control->raw() : std::string_view());
      } else {
        held_.emplace_back(block.raw());
      }
    }
  }

  void add_user(json::Value message) {
    const auto content = message.find("content");
    bool leading = true;
    if (content && content->is_array()) {
      for (const json::Value block : content->elements()) {
        if (leading && block.text_at("type") != "tool_result") {
          leading = false;
          release();
        }
        add(block.raw());
      }
    } else if (content && content->is_string() && !content->escaped().empty()) {
      release();
      add(R"({"type":"text","text":)" + std::string(content->raw()) + "}");
    }
    if (!first_user_) first_user_ = message;
  }

  void release() {
    for (const std::string& block : held_) add(block);
    held_.clear();
  }

  // The turn as one message; members of the first user message besides role and content are kept.
  std::string message() {
    release();
    if (blocks_.empty()) return {};
    std::string out = R"({"role":"user","content":[)" + blocks_ + "]";
    if (first_user_) {
      for (const json::Member member : first_user_->members()) {
        if (member.named("role") || member.named("content")) continue;
        out += "," + std::string(member.key().raw()) + ":" + std::string(member.value().raw());
      }
    }
    return out + "}";
  }

 private:
  void hold_text(std::string_view escaped, std::string_view cache_control) {
    if (escaped.empty()) return;
    std::string block(kReminderOpen);
    block += escaped;
    block += kReminderClose;
    if (!cache_control.empty()) block += R"(,"cache_control":)" + std::string(cache_control);
    held_.push_back(block + "}");
  }

  std::string blocks_;
  std::vector<std::string> held_;
  std::optional<json::Value> first_user_;
};

std::vector<Role> roles_of(json::Value messages, bool all) {
  std::vector<Role> roles;
  bool leading = true;
  for (const json::Value message : messages.elements()) {
    const bool system = is_system(message);
    if (!system) leading = false;
    if (system && (all || leading)) {
      roles.push_back(Role::kFolded);
    } else {
      const auto role = message.find("role");
      roles.push_back(role && role->is_string() && role->equals("user") ? Role::kUser : Role::kOther);
    }
  }
  return roles;
}

}  // namespace

std::optional<std::string> fold_system_messages(const json::Document& body, bool all, std::vector<Loss>& losses) {
  const auto messages = body.root().find("messages");
  if (!messages || !messages->is_array()) return std::nullopt;
  if (!any_system(*messages)) return std::nullopt;  // nearly every body
  const std::vector<Role> roles = roles_of(*messages, all);
  std::vector<json::Value> elements;
  std::size_t folded = 0;
  for (const json::Value message : messages->elements()) {
    if (roles[elements.size()] == Role::kFolded) ++folded;
    elements.push_back(message);
  }
  if (folded == 0) return std::nullopt;
  std::string out;
  out.reserve(body.text().size() + 128 * folded + 64 + base::kJsonPadding);
  out += body.text().substr(0, messages->begin_offset());
  out += '[';
  bool comma = false;
  const auto put = [&](std::string_view message) {
    if (message.empty()) return;
    if (comma) out += ',';
    out += message;
    comma = true;
  };
  for (std::size_t at = 0; at < elements.size();) {
    std::size_t end = at;
    bool merge = false;
    while (end < elements.size() && roles[end] != Role::kOther) merge |= roles[end++] == Role::kFolded;
    if (!merge) {
      const std::size_t last = end == at ? at + 1 : end;
      for (; at < last; ++at) put(elements[at].raw());
      continue;
    }
    Turn turn;
    for (; at < end; ++at) {
      if (roles[at] == Role::kFolded) {
        if (const auto content = elements[at].find("content")) turn.hold_reminder(*content);
      } else {
        turn.add_user(elements[at]);
      }
    }
    put(turn.message());
  }
  out += ']';
  out += body.text().substr(messages->end_offset());
  losses.push_back({"messages[].role:system", "folded into user turn (" + std::to_string(folded) + ")"});
  return out;
}

}  // namespace stargate::llm::binding

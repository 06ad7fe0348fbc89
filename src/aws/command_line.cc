#include "aws/command_line.h"

#include <utility>

namespace stargate::aws {

Result<std::vector<std::string>> split_command_line(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  constexpr std::string_view kEscapedInQuotes = "\"\\$`";
  if (text.contains('\0')) return base::fail(ErrorCode::kBadRequest, "the command line holds a NUL byte");
  std::vector<std::string> arguments;
  std::string word;
  bool in_word = false;
  char quote = 0;  // the open quote, 0 outside
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool has_next = i + 1 < text.size();
    if (quote == 0 && kBlank.contains(c)) {
      if (in_word) arguments.push_back(std::exchange(word, {}));
      in_word = false;
      if (arguments.size() > kArgumentsMax) break;
      continue;
    }
    in_word = true;
    if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == '\\' && has_next && (quote == 0 || (quote == '"' && kEscapedInQuotes.contains(text[i + 1])))) {
      word.push_back(text[++i]);
    } else {
      word.push_back(c);
    }
  }
  if (quote != 0) return base::fail(ErrorCode::kBadRequest, "the command line has an open quote");
  if (in_word) arguments.push_back(std::move(word));
  if (arguments.empty()) return base::fail(ErrorCode::kBadRequest, "the command line is empty");
  if (arguments.size() > kArgumentsMax) {
    return base::fail(ErrorCode::kBadRequest, "the command line has too many arguments");
  }
  return arguments;
}

}  // namespace stargate::aws

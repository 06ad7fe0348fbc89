#include "app/config_problem.h"

#include <algorithm>

namespace stargate::app {

std::string to_text(const Problem& problem) {
  std::string out = problem.file;
  if (problem.line > 0) out += ":" + std::to_string(problem.line);
  if (problem.line > 0 && problem.column > 0) out += ":" + std::to_string(problem.column);
  if (!out.empty()) out += ": ";
  out += problem.severity == Severity::kError ? "error: " : "warning: ";
  if (!problem.key.empty()) out += problem.key + ": ";
  out += problem.message + "\n";
  if (!problem.instead.empty()) out += "    instead: " + problem.instead + "\n";
  return out;
}

bool has_errors(const std::vector<Problem>& problems) {
  return std::ranges::any_of(problems, [](const Problem& p) { return p.severity == Severity::kError; });
}

}  // namespace stargate::app

#include "app/config_problem.h"

#include <algorithm>
#include <functional>
#include <tuple>

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

void sort_by_place(std::vector<Problem>& problems, std::string_view first_file) {
  const auto rank = [&](const Problem& problem) {
    return problem.file == first_file ? 0 : problem.file.empty() ? 2 : 1;
  };
  std::ranges::sort(problems, [&](const Problem& left, const Problem& right) {
    return std::make_tuple(rank(left), std::ref(left.file), left.line, left.column, std::ref(left.key)) <
           std::make_tuple(rank(right), std::ref(right.file), right.line, right.column, std::ref(right.key));
  });
}

bool has_errors(const std::vector<Problem>& problems) {
  return std::ranges::any_of(problems, [](const Problem& p) { return p.severity == Severity::kError; });
}

}  // namespace stargate::app

#include "app/check_config.h"

#include <algorithm>

namespace stargate::app {
namespace {

std::string counted(std::size_t count, std::string_view noun) {
  if (count == 0) return "no " + std::string(noun) + "s";
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace

std::string count_problems(const std::vector<Problem>& problems) {
  const auto errors = static_cast<std::size_t>(std::ranges::count(problems, Severity::kError, &Problem::severity));
  return counted(errors, "error") + " and " + counted(problems.size() - errors, "warning");
}

int run_check_config(const ConfigRequest& request, std::ostream& out) {
  const ReadOutcome outcome = read_configuration(request);
  for (const Problem& problem : outcome.problems) out << to_text(problem);
  out << shown_name(request.file) << ": " << count_problems(outcome.problems);
  if (outcome.ok()) out << "; " << counted(outcome.config.models.size(), "deployment") << " would be served";
  out << "\n";
  return outcome.ok() ? 0 : 1;
}

}  // namespace stargate::app

#include "policy/suggest.h"

#include <algorithm>

namespace stargate::policy {
namespace {

constexpr std::size_t kWordBytesMax = 128;  // longer words are nobody's slip, and the distance costs their product
constexpr std::size_t kHeldBytesMin = 5;

std::size_t allowed_distance(std::string_view word) { return std::max<std::size_t>(1, word.size() / 3); }

bool holds(std::string_view left, std::string_view right) {
  return right.size() >= kHeldBytesMin && left.find(right) != std::string_view::npos;
}

}  // namespace

std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> before(right.size() + 1);
  std::vector<std::size_t> previous(right.size() + 1);
  std::vector<std::size_t> current(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) previous[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t cost = left[i - 1] == right[j - 1] ? 0 : 1;
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost});
      const bool swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
      if (swapped) current[j] = std::min(current[j], before[j - 2] + 1);
    }
    before.swap(previous);
    previous.swap(current);
  }
  return previous[right.size()];
}

std::string closest(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.empty() || word.size() > kWordBytesMax) return {};
  std::string_view best;
  std::size_t best_distance = allowed_distance(word) + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.empty() || candidate.size() > kWordBytesMax) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  if (!best.empty()) return std::string(best);
  for (const std::string_view candidate : candidates) {
    if (holds(candidate, word) || holds(word, candidate)) return std::string(candidate);
  }
  return {};
}

}  // namespace stargate::policy

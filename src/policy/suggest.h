// "Did you mean ...?": the closest of a few known words. For error messages; never used to guess.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace stargate::policy {

// Optimal string alignment distance: insertions, deletions, substitutions, swaps of neighbours.
std::size_t edit_distance(std::string_view left, std::string_view right);

// The candidate closest to `word`, when it is close enough to be a slip (up to a third of the letters, or one holds the
// other); empty otherwise. Ties go to the earlier candidate.
std::string closest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace stargate::policy

// The migrations' texts, compiled in.
#pragma once

#include <string_view>

namespace stargate::store {

extern const std::string_view kMigration0001Up;
extern const std::string_view kMigration0001Down;
extern const std::string_view kMigration0002Up;
extern const std::string_view kMigration0002Down;
extern const std::string_view kMigration0003Up;
extern const std::string_view kMigration0003Down;
extern const std::string_view kMigration0004Up;
extern const std::string_view kMigration0004Down;

}  // namespace stargate::store

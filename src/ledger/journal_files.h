// The disk as the journal sees it: numbered segment files of one directory. A seam, because what the journal promises
// is about writes that fail and machines that stop: tests give a disk that does so on command.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace stargate::ledger {

// Used by one thread at a time, but for read(), which any thread may call beside it. Errors: kUnavailable with the
// system's reason; after one the caller opens a new segment, it never writes on behind a write or sync that failed.
class JournalFiles {
 public:
  virtual ~JournalFiles() = default;
  virtual Result<std::vector<std::uint64_t>> list() = 0;  // segment numbers, ascending
  virtual Result<std::string> read(std::uint64_t segment) = 0;
  // A new, empty segment to which write() appends from now on; its name is durable. A segment of that number is an
  // error.
  virtual Result<void> create(std::uint64_t segment) = 0;
  virtual Result<void> write(std::string_view bytes) = 0;  // all of them, or an error and any part of them
  virtual Result<void> sync() = 0;                         // what was written to the current segment is durable
  virtual Result<void> remove(std::uint64_t segment) = 0;
};

// Files `<16 hex digits>.journal`, mode 0600, in `directory` (made if missing, mode 0700). Locks the directory: a
// second process gets kConflict. Other files are left alone.
Result<std::unique_ptr<JournalFiles>> open_journal_files(const std::string& directory);

}  // namespace stargate::ledger

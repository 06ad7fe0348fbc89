// The simulator's own bill: for every invocation that reached the model, the tokens that were really generated, also
// when the client went away or the stream was cut. A gateway's ledger can be audited against it.
// Thread-safe. Keeps the last kEntriesMax entries; the totals count all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "base/time.h"
#include "llm/usage.h"

namespace stargate::sim {

struct BillEntry {
  std::string request_id;  // x-amzn-RequestId of the answer
  std::string model;       // foundation model
  std::string model_id;    // as called
  std::string operation;
  std::string end;   // "complete", "client_gone", "cut", "exception": how the answer ended
  llm::Usage usage;  // output_tokens: generated, not promised
  WallTime at;
};

class Bill {
 public:
  static constexpr std::size_t kEntriesMax = 100'000;
  void add(BillEntry entry);
  void clear();
  // {"entries":[{...}],"totals":{"calls":N,...},"by_model":{...}}
  [[nodiscard]] std::string json() const;

 private:
  struct Sum {
    std::int64_t calls = 0;
    llm::Usage usage;
    void add(const llm::Usage& more);
  };
  static std::string sum_json(const Sum& sum);

  mutable std::mutex mutex_;
  std::deque<BillEntry> entries_;
  Sum total_;
  std::map<std::string, Sum, std::less<>> by_model_;
};

}  // namespace stargate::sim

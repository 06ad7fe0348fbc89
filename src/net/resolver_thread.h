// Names asked of the system's resolver, away from the core's thread.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "net/core.h"

namespace stargate::net {

using Address = boost::asio::ip::address;
using Addresses = std::vector<Address>;

// getaddrinfo() of the system, blocking. The addresses of both families alternate, the system's first choice first.
// Errors: kBadGateway with the system's reason.
Result<Addresses> look_up(const std::string& host);

// One thread, begun with the first question, that answers one after the other: a name whose servers are slow delays
// only those who share the thread. The owner bounds how many questions wait. ask() belongs to the core's thread, and
// `answered` is called there. Destroying it waits for the question in work; the others are dropped.
class ResolverThread {
 public:
  using LookUp = std::function<Result<Addresses>(const std::string& host)>;
  using Answered = std::function<void(Result<Addresses>)>;

  ResolverThread(Core& core, LookUp look_up) : core_(core), look_up_(std::move(look_up)) {}
  ResolverThread(const ResolverThread&) = delete;
  ResolverThread& operator=(const ResolverThread&) = delete;
  ~ResolverThread();

  // False: there is no thread to be had.
  bool ask(std::string host, Answered answered);

 private:
  struct Question {
    std::string host;
    Answered answered;
  };
  void work();

  Core& core_;
  LookUp look_up_;
  std::thread thread_;
  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::deque<Question> questions_;
  bool ending_ = false;
};

}  // namespace stargate::net

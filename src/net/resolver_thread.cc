#include "net/resolver_thread.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <system_error>
#include <utility>

namespace stargate::net {

Result<Addresses> look_up(const std::string& host) {
  boost::asio::io_context io;  // the blocking call needs one and starts no thread of it
  boost::asio::ip::tcp::resolver resolver(io);
  boost::system::error_code error;
  const auto results = resolver.resolve(host, "", boost::asio::ip::resolver_base::flags(), error);
  if (error) return base::fail(ErrorCode::kBadGateway, error.message());
  Addresses first;
  Addresses second;
  for (const auto& result : results) {
    const Address address = result.endpoint().address();
    const bool like_first = first.empty() || address.is_v4() == first.front().is_v4();
    Addresses& family = like_first ? first : second;
    if (std::find(family.begin(), family.end(), address) == family.end()) family.push_back(address);
  }
  Addresses addresses;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) addresses.push_back(first[i]);
    if (i < second.size()) addresses.push_back(second[i]);
  }
  if (addresses.empty()) return base::fail(ErrorCode::kBadGateway, "no address");
  return addresses;
}

ResolverThread::~ResolverThread() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool ResolverThread::ask(std::string host, Answered answered) {
  try {
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  } catch (const std::system_error&) {
    return false;
  }
  {
    const std::lock_guard lock(mutex_);
    questions_.push_back({std::move(host), std::move(answered)});
  }
  changed_.notify_all();
  return true;
}

void ResolverThread::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !questions_.empty(); });
    if (ending_) return;
    Question question = std::move(questions_.front());
    questions_.pop_front();
    lock.unlock();
    auto answer = std::make_shared<Result<Addresses>>(look_up_(question.host));
    core_.post([answer, answered = std::move(question.answered)] { answered(std::move(*answer)); });
    lock.lock();
  }
}

}  // namespace stargate::net

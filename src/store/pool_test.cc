#include "store/pool.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <latch>
#include <set>

#include "tests/support/postgres/store_under_test.h"

namespace stargate::store {
namespace {

class PoolTest : public stargate::testing::StoreTest {
 protected:
  Pool::MakeStore maker() {
    return [this] { return another(); };
  }
  // Runs the coroutine on the loop without waiting for it.
  template <class Work, class T>
  void begin(Pool& pool, Work work, std::vector<T>& results) {
    boost::asio::co_spawn(loop_, await(pool, std::move(work), results),
                          [](const std::exception_ptr& thrown) { EXPECT_EQ(thrown, nullptr); });
  }
  boost::asio::io_context loop_{1};

 private:
  template <class Work, class T>
  static ports::Task<void> await(Pool& pool, Work work, std::vector<T>& results) {
    results.push_back(co_await pool.run(std::move(work)));
  }
};
STARGATE_ON_BOTH_ENGINES(PoolTest);

TEST_P(PoolTest, CoroutinesGetTheirAnswersOnTheirOwnThread) {
  Pool pool(maker(), {.threads = 3});
  std::vector<Result<void>> made;
  for (int i = 0; i < 50; ++i) {
    begin(pool, [this, i](ports::Store& store) { return store.create_key(key("k" + std::to_string(i))); }, made);
  }
  loop_.run();
  ASSERT_EQ(made.size(), 50U);
  for (const auto& result : made) EXPECT_EQ(trouble(result), "");
  std::vector<Result<account::Key>> found;
  begin(pool, [](ports::Store& store) { return store.key_by_hash("k7", at(0)); }, found);
  begin(pool, [](ports::Store& store) { return store.key_by_hash("k99", at(0)); }, found);
  loop_.restart();
  loop_.run();
  ASSERT_EQ(found.size(), 2U);
  std::multiset<std::string> hashes;
  for (const auto& result : found)
    hashes.insert(result ? result->key_hash : std::string(base::name_of(result.error().code)));
  EXPECT_EQ(hashes, (std::multiset<std::string>{"k7", "not_found"}));
}

TEST_P(PoolTest, AFullQueueRefusesAtOnce) {
  Pool pool(maker(), {.threads = 1, .waiting_max = 2});
  std::latch entered(1);
  std::latch leave(1);
  std::vector<Result<void>> results;
  begin(
      pool,
      [&](ports::Store& store) {
        entered.count_down();
        leave.wait();
        return store.ping();
      },
      results);
  loop_.poll();
  entered.wait();
  for (int i = 0; i < 5; ++i) begin(pool, [](ports::Store& store) { return store.ping(); }, results);
  loop_.poll();
  EXPECT_EQ(pool.waiting(), 2U);
  EXPECT_EQ(pool.rejected(), 3U);
  EXPECT_EQ(results.size(), 3U);
  for (const auto& result : results) EXPECT_EQ(code(result), ErrorCode::kUnavailable);
  leave.count_down();
  loop_.run();
  ASSERT_EQ(results.size(), 6U);
  for (std::size_t i = 3; i < 6; ++i) EXPECT_EQ(trouble(results[i]), "");
}

TEST_P(PoolTest, AJobThatHasWaitedTooLongIsNotRun) {
  Pool pool(maker(), {.threads = 1, .waiting_max = 10, .waiting_time_max = Duration(-1)});
  std::vector<Result<void>> results;
  begin(pool, [](ports::Store& store) { return store.ping(); }, results);
  loop_.run();
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(code(results.front()), ErrorCode::kUnavailable);
  EXPECT_EQ(pool.expired(), 1U);
}

TEST_P(PoolTest, EndingAnswersEverybody) {
  std::latch entered(1);
  std::latch leave(1);
  std::vector<Result<void>> results;
  auto pool = std::make_unique<Pool>(maker(), PoolSettings{.threads = 1, .waiting_max = 10});
  begin(
      *pool,
      [&](ports::Store& store) {
        entered.count_down();
        leave.wait();
        return store.ping();
      },
      results);
  begin(*pool, [](ports::Store& store) { return store.ping(); }, results);
  loop_.poll();
  entered.wait();
  std::thread ender([&] { pool.reset(); });
  while (results.empty()) loop_.run_one();  // the one that waited is told while the other still runs
  EXPECT_EQ(code(results.front()), ErrorCode::kUnavailable);
  leave.count_down();
  loop_.run();
  ender.join();
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(trouble(results.back()), "");
}

TEST_P(PoolTest, AnExceptionStaysInTheRoom) {
  Pool pool(maker(), {.threads = 1});
  std::vector<Result<void>> results;
  begin(pool, [](ports::Store&) -> Result<void> { throw std::bad_alloc(); }, results);
  begin(pool, [](ports::Store& store) { return store.ping(); }, results);
  loop_.run();
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(code(results.front()), ErrorCode::kInternal);
  EXPECT_EQ(trouble(results.back()), "");
}

TEST_P(PoolTest, AnExceptionEndsItsTransactionAndLaterOnesAreCommitted) {
  {
    Pool pool(maker(), {.threads = 1});
    std::vector<Result<void>> results;
    begin(
        pool,
        [this](ports::Store& store) {
          return store.atomically([&]() -> Result<void> {
            if (auto made = store.create_key(key("lost")); !made) return made;
            throw std::bad_alloc();
          });
        },
        results);
    begin(pool, [this](ports::Store& store) { return store.create_key(key("kept")); }, results);
    loop_.run();
    ASSERT_EQ(results.size(), 2U);
    EXPECT_EQ(code(results.front()), ErrorCode::kInternal);
    EXPECT_EQ(trouble(results.back()), "");
  }
  const auto fresh = another();  // a connection of its own sees what was committed
  EXPECT_TRUE(fresh->key_by_hash("kept", at(0)).has_value());
  EXPECT_EQ(code(fresh->key_by_hash("lost", at(0))), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace stargate::store

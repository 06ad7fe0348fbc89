#include "net/connection_pool.h"

#include <algorithm>
#include <utility>

namespace stargate::net {

struct ConnectionPool::Place::Idle final : Channel::Watcher {
  Idle(ConnectionPool& owner, Place& home, std::unique_ptr<Connection> idle_connection)
      : pool(owner), place(home), connection(std::move(idle_connection)), since(Core::now()) {}

  void on_readable() override {
    // TLS may have had something to say to itself (a session ticket): then nothing is left to read.
    char byte = 0;
    if (connection->channel->try_read({&byte, 1}).io == Channel::Io::kBlocked) {
      connection->channel->watch(this);
    } else {
      pool.drop(place, this);
    }
  }

  ConnectionPool& pool;
  Place& place;
  std::unique_ptr<Connection> connection;
  MonoTime since;
};

ConnectionPool::ConnectionPool(Core& core, const ClientSettings& settings, ClientCounters& counters)
    : core_(core),
      settings_(settings),
      counters_(counters),
      sweeper_([](void* self) { static_cast<ConnectionPool*>(self)->sweep(); }, this) {}

ConnectionPool::~ConnectionPool() {
  for (const auto& place : places_) counters_.idle -= place->idle.size();
}

ConnectionPool::Place& ConnectionPool::place(const ports::Origin& origin, bool proxied) {
  for (const auto& known : places_) {
    if (known->proxied == proxied && known->origin == origin) return *known;
  }
  places_.push_back(std::make_unique<Place>());
  places_.back()->origin = origin;
  places_.back()->proxied = proxied;
  return *places_.back();
}

std::unique_ptr<Connection> ConnectionPool::take(Place& place) {
  const MonoTime now = Core::now();
  while (!place.idle.empty()) {
    const std::unique_ptr<Place::Idle> last = std::move(place.idle.back());
    place.idle.pop_back();
    --counters_.idle;
    std::unique_ptr<Connection> connection = std::move(last->connection);
    connection->channel->watch(nullptr);
    const bool usable = now - last->since < settings_.idle_age && now - connection->born < settings_.lifetime &&
                        !connection->channel->maybe_readable() && !connection->channel->interrupted();
    if (!usable) continue;
    connection->reused = true;
    ++counters_.reuses;
    return connection;
  }
  return nullptr;
}

void ConnectionPool::put(Place& place, std::unique_ptr<Connection> connection) {
  if (core_.stopping()) return;
  char byte = 0;
  Channel& channel = *connection->channel;
  if (channel.interrupted()) return;  // every later wait on it would end at once
  if (channel.maybe_readable() && channel.try_read({&byte, 1}).io != Channel::Io::kBlocked) return;
  if (Core::now() - connection->born >= settings_.lifetime) return;
  if (place.idle.size() >= settings_.idle_per_origin_max) return;
  place.idle.push_back(std::make_unique<Place::Idle>(*this, place, std::move(connection)));
  ++counters_.idle;
  Place::Idle& idle = *place.idle.back();
  // The wait that is armed here serves the next request's answer too.
  idle.connection->channel->watch(&idle);
  if (!sweeper_.armed()) core_.wheel().arm(sweeper_, Core::now() + kSweepInterval);
}

void ConnectionPool::drop(Place& place, const Place::Idle* idle) {
  const auto found =
      std::find_if(place.idle.begin(), place.idle.end(), [idle](const auto& each) { return each.get() == idle; });
  if (found == place.idle.end()) return;
  place.idle.erase(found);
  --counters_.idle;
}

void ConnectionPool::sweep() {
  const MonoTime oldest = Core::now() - settings_.idle_age;
  bool left = false;
  for (const auto& place : places_) {
    counters_.idle -= std::erase_if(place->idle, [oldest](const auto& idle) { return idle->since <= oldest; });
    left = left || !place->idle.empty();
  }
  if (left) core_.wheel().arm(sweeper_, Core::now() + kSweepInterval);
}

}  // namespace stargate::net

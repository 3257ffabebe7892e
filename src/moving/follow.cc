#include "moving/follow.h"

#include <utility>

#include "moving/followed_client.h"
#include "net/poll.h"

namespace cachery::moving {
namespace {

constexpr int kReapMilliseconds = 1000;

}  // namespace

Result<std::unique_ptr<Follower>> Follower::start(FollowSettings settings) {
  // The cache first: a login that is wrong should not cost the old server anything.
  auto cache = open_server(settings.cache, std::chrono::seconds(10));
  if (!cache) return std::unexpected(cache.error());
  auto old = OldServer::open(settings.old);
  if (!old) return std::unexpected(old.error());
  auto listener = net::listen_tcp(settings.listen_address, settings.listen_port);
  if (!listener) return std::unexpected(listener.error());
  return std::unique_ptr<Follower>(
      new Follower(std::move(settings), std::move(*old), std::move(*listener)));
}

Follower::Follower(FollowSettings settings, std::unique_ptr<OldServer> old, net::Listener listener)
    : settings_(std::move(settings)),
      old_(std::move(old)),
      following_{.settings = settings_, .old = *old_},
      listener_(std::move(listener)),
      wakeup_(net::make_wakeup()),
      acceptor_([this](const std::stop_token& stop) { accept_clients(stop); }) {}

Follower::~Follower() {
  acceptor_.request_stop();
  net::wake(wakeup_.fd());
  acceptor_.join();
}

void Follower::accept_clients(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    net::poll_readable({listener_.socket.fd(), wakeup_.fd()}, kReapMilliseconds);
    forget_ended_clients();
    bool is_exhausted = false;
    for (;;) {
      net::OwnedSocket socket(net::accept_connection(listener_.socket.fd(), &is_exhausted));
      if (!socket) break;
      if (clients_.size() >= settings_.clients_max) {
        ++following_.counters.refused_clients;
        continue;
      }
      clients_.push_back(std::make_unique<FollowedClient>(
          following_, net::LineStream::accepted(std::move(socket))));
    }
  }
}

void Follower::forget_ended_clients() {
  std::erase_if(clients_, [](const auto& client) { return client->has_ended(); });
}

}  // namespace cachery::moving

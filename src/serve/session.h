// One connection's conversation, without its socket: bytes in, replies out. The whole path of a
// request is on_input():
//
//   parse (as many as are there, up to a batch) -> admit (may this credential do it?) -> execute
//   (the executor composes the replies) -> what only the session can answer (authentication, stats,
//   flush, version, quit) -> go on, or say why not
//
// A session belongs to one cache for life once it has authenticated, and to one worker. It keeps no
// bytes: what could not be used yet is its owner's to keep and to give again with more behind it.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/clock.h"
#include "net/handler.h"
#include "protocol/output.h"
#include "protocol/parse.h"
#include "serve/authentication.h"
#include "serve/connection_places.h"
#include "serve/executor.h"
#include "serve/node_counters.h"
#include "tenant/credential_uses.h"
#include "tenant/table.h"

namespace cachery::serve {

// set at start, the same for all workers
struct SessionSettings {
  protocol::ParseLimits parse;
  // Not 0: connections need no authentication and use this cache (serve --local).
  tenant::CacheId open_cache = 0;
  size_t workers = 1;
  Now started = {};
  uint32_t connections_max = 65'536;  // of the node
  NodePlaces* places = nullptr;       // null: connections are not bounded; outlives all workers
};

// What the sessions of one worker share.
struct SessionContext {
  SessionContext(Executor& executor_in, const SessionSettings& settings_in, size_t worker_in)
      : executor(executor_in),
        settings(settings_in),
        worker(worker_in),
        places(settings_in.places) {}

  // No two requests of the node have the same one.
  uint64_t next_ticket() { return uint64_t{worker + 1} << 48 | ++last_ticket; }

  Executor& executor;
  const SessionSettings& settings;
  const size_t worker;
  std::shared_ptr<const tenant::TenantTable> table;
  NodeCounters counters;
  FailureLog failures;
  ConnectionPlaces places;
  std::function<void()> on_given_up = {};  // soon after: not from inside a session's call
  // Noted at a login, and once a minute for connections that were active since.
  tenant::CredentialUses credential_uses;
  uint64_t last_ticket = 0;
  // The cache that was last served and the turn in which it was last another one: while a worker
  // serves several, each has a share of a turn.
  const CacheUse* last_use = nullptr;
  uint64_t shared_turn = 0;
  protocol::Output output;
  // One batch, in use only while a session's on_input runs.
  std::array<protocol::Request, limits::kBatchRequests> requests;
  std::array<protocol::ParseState, limits::kBatchRequests> states_after;
  std::array<size_t, limits::kBatchRequests> consumed_after;
  std::array<std::string, limits::kBatchRequests> made_keys;
  // Where the input lies, or null; of a request in it, what is in front of the value.
  OfferedBlock* block = nullptr;
  std::string line;
};

// How a connection that sent no login came to be somebody's. A TLS name is not proof enough against
// a login: whoever comes by it may not know whose it is. A port of one's own is the client's
// choice.
enum class Admitted : uint8_t { by_own_port, by_tls_name };

class Session final : public net::Handler {
 public:
  // `peer`: the address, for logs and for slowing down who guesses passwords. `network`: whom the
  // connection counts for among strangers; see ConnectionPlace.
  Session(SessionContext& context, std::string peer, std::string network = {});
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // The connection proved by other means whose it is. A login that comes all the same is one, and
  // never an item: the client may not know where the connection leads. A right one of another
  // credential takes over a connection that came by a TLS name.
  void admit_as(const tenant::Entry& entry, const Now& now, Admitted how = Admitted::by_own_port);

  // Replies are composed into the context's output, which one session at a time has.
  net::InputResult on_input(std::span<char> input, const Now& now) override;
  net::InputResult on_input_in(OfferedBlock& block, std::span<char> input, const Now& now) override;
  uint64_t look_ahead(std::string_view input) override;
  void fetch_ahead(uint64_t token) override;
  size_t share_left(const Now& now) override;
  void have_taken(uint64_t ns, const Now& now) override {
    if (use_) use_->spent(now.steady_ns).ns += ns;
  }
  uint64_t owner() const override { return cache_; }
  void hold_block(size_t bytes) override;
  std::string_view out_of_memory() override {
    return state_.is_binary ? std::string_view() : "SERVER_ERROR out of memory\r\n";
  }
  std::string_view output() const override { return context_.output.view(); }
  void output_taken() override;
  // The context has a new table. False: the credential or the cache is gone: close.
  [[nodiscard]] bool on_new_table();

  // It has come, and nobody knows whose it is.
  void arrive(ConnectionPlaces::Room room) { context_.places.arrive(place_, room); }
  // Set once its loop has it, to be found by what gave up its place.
  void set_connection(net::Connection& connection) { place_.connection = &connection; }
  // The connection was closed for another one: its cache is told.
  void count_given_up();

  bool is_authenticated() const { return state_.is_authenticated; }
  // 0: not known yet, or none was needed.
  tenant::CredentialId credential() const { return credential_id_; }
  const std::string& peer() const { return peer_; }

 private:
  protocol::ParseLimits parse_limits() const;
  size_t parse_batch(std::span<char> input, net::InputResult& result);
  bool wants_block(size_t bytes_wanted) const;
  bool has_share_of_blocks(size_t bytes_wanted) const;
  void offer_block(std::span<const char> input);
  bool admit(protocol::Request& request, size_t slot);
  void make_key(protocol::Request& request, size_t slot);
  void execute_batch(size_t count, protocol::Output& out, const Now& now, net::InputResult& result);
  void count_batch(std::span<const protocol::Request> requests, uint64_t elapsed_ns);
  void answer(const protocol::Request& request, protocol::Output& out, const Now& now,
              net::InputResult& result);
  uint64_t connections_max() const;
  void answer_stats(const protocol::Request& request, protocol::Output& out, const Now& now);
  void answer_flush(const protocol::Request& request, protocol::Output& out, const Now& now);
  void answer_sasl(const protocol::Request& request, protocol::Output& out, const Now& now,
                   net::InputResult& result);
  void answer_ascii_auth(const protocol::Request& request, protocol::Output& out, const Now& now,
                         net::InputResult& result);
  enum class Login { accepted, refused, too_many_connections, other_user, later };
  Login login(std::string_view username, std::string_view password, const Now& now,
              net::InputResult& result);
  void note_not_understood(const protocol::Request& request);
  void count_login(const tenant::Entry* known, bool is_success);
  bool may_log_in_elsewhere(const protocol::Request& request) const;
  bool join(const tenant::Entry& entry, const Now& now);
  void leave();
  static void tell_node_is_full(tenant::CacheId cache);
  bool is_worker_shared(const Now& now);
  bool has_had_its_share(const Now& now);
  void throttle(size_t requests, size_t bytes, const Now& now, net::InputResult& result);

  SessionContext& context_;
  std::string peer_;
  ConnectionPlace place_;
  std::shared_ptr<CacheUse> use_;
  tenant::CacheId cache_ = 0;  // of use_
  uint64_t block_bytes_ = 0;   // counted in its traffic
  // of the table that the context holds; kept right by on_new_table
  const tenant::Credential* credential_ = nullptr;  // null when open to all
  tenant::CredentialId credential_id_ = 0;
  protocol::ParseState state_;
  uint64_t failure_answered_at_ns_ = 0;
  uint64_t ticket_ = 0;  // see TurnShare::ticket
  bool is_over_connection_limit_ = false;
  bool is_admitted_unasked_ = false;  // it has not logged in: see admit_as
  bool yields_to_login_ = false;      // the same, by a TLS name
};

}  // namespace cachery::serve

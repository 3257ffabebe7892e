// Whose a connection is: logins in each protocol, connections that were admitted unasked, and the
// count of a cache's connections.
#include "base/log.h"
#include "protocol/compose.h"
#include "protocol/wire.h"
#include "serve/session.h"

namespace cachery::serve {

using net::InputResult;
using net::Next;
using protocol::Dialect;
using protocol::Output;
using protocol::Request;
using protocol::Verb;
using tenant::Counter;

namespace {

// A login that came as a storage command is answered as one that stored: in its dialect, with the
// flags that it asked for, and not at all where it asked for silence.
void say_stored(const Request& login, Output& out) {
  Request command = login;
  command.verb = login.dialect == Dialect::meta ? Verb::meta_set : Verb::set;
  compose(command, {.outcome = protocol::Outcome::stored}, out);
}

}  // namespace

// Who somebody is does not change while they are connected.
Session::Login Session::login(std::string_view username, std::string_view password, const Now& now,
                              InputResult& result) {
  if (context_.settings.open_cache != 0) return Login::accepted;
  const tenant::Entry* known = nullptr;
  const tenant::Entry* entry = authenticate(*context_.table, username, password, &known);
  if (entry != nullptr && state_.is_authenticated) {
    const bool is_own = entry->credential->id == credential_id_;
    if (is_own || !yields_to_login_) {
      yields_to_login_ = false;
      return is_own ? Login::accepted : Login::other_user;
    }
    leave();  // what it was by its TLS name
  }
  if (entry != nullptr) {
    count_login(known, true);
    return join(*entry, now) ? Login::accepted : Login::too_many_connections;
  }
  if (failure_answered_at_ns_ == 0) {
    failure_answered_at_ns_ = context_.failures.note(peer_, now.steady_ns);
  }
  if (failure_answered_at_ns_ > now.steady_ns) {
    result.next = Next::wait;
    result.wait_until_ns = failure_answered_at_ns_;
    return Login::later;
  }
  failure_answered_at_ns_ = 0;
  count_login(known, false);
  const tenant::CacheId cache = known == nullptr ? 0 : known->cache->id;
  if (log::is_first(log::Level::warning, "authentication_failed", {"cache", cache})) {
    // What is no username here may well be a password that stands in the wrong place.
    log::warning(
        "authentication_failed",
        {{"peer", peer_}, {"username", known == nullptr ? "" : username}, {"cache", cache}});
  }
  return state_.is_authenticated ? Login::other_user : Login::refused;
}

void Session::count_login(const tenant::Entry* known, bool is_success) {
  context_.counters.authentications.add(1);
  if (!is_success) context_.counters.authentication_failures.add(1);
  if (known == nullptr) return;
  const auto use = context_.executor.use(known->cache->id, context_.worker);
  if (!use) return;
  use->counters.add(Counter::auth_cmds);
  if (!is_success) use->counters.add(Counter::auth_errors);
}

// The cache that a TLS name leads to is full or disabled: that keeps nobody else's login out.
bool Session::may_log_in_elsewhere(const Request& request) const {
  const bool is_login = request.verb == Verb::ascii_auth || request.verb == Verb::sasl_list ||
                        request.verb == Verb::sasl_auth || request.verb == Verb::sasl_step;
  return is_login && yields_to_login_;
}

// From now on the connection is the credential's. False: the cache has as many as it may have.
bool Session::join(const tenant::Entry& entry, const Now& now) {
  auto use = context_.executor.use(entry.cache->id, context_.worker);
  if (!use) return false;
  const uint32_t connections =
      use->traffic().connections.fetch_add(1, std::memory_order_relaxed) + 1;
  const uint32_t connections_max = entry.cache->limits.connections_max;
  const bool is_over = connections_max != 0 && connections > connections_max;
  if (is_over || !context_.places.join(place_, entry.cache->id)) {
    if (!is_over) tell_node_is_full(entry.cache->id);
    use->traffic().connections.fetch_sub(1, std::memory_order_relaxed);
    use->counters.add(Counter::rejected_connections);
    return false;
  }
  if (context_.places.has_given_up() && context_.on_given_up) context_.on_given_up();
  use_ = std::move(use);
  cache_ = entry.cache->id;
  use_->counters.add(Counter::total_connections);
  credential_ = entry.credential;
  credential_id_ = entry.credential->id;
  context_.credential_uses.note(credential_id_, now.unix_seconds);
  state_.is_authenticated = true;
  is_over_connection_limit_ = false;
  return true;
}

void Session::tell_node_is_full(tenant::CacheId cache) {
  if (!log::is_first(log::Level::warning, "connections_full", {"cache", cache})) return;
  log::warning("connections_full", {{"cache", cache}});
}

void Session::count_given_up() {
  if (!use_) return context_.counters.connections_displaced.add(1);
  use_->counters.add(Counter::rejected_connections);
  tell_node_is_full(cache_);
}

// Nobody's again: what follows needs a login, as on a connection that was never anybody's.
void Session::leave() {
  hold_block(0);
  context_.places.leave(place_);
  arrive(ConnectionPlaces::Room::there_is);
  if (context_.places.has_given_up() && context_.on_given_up) context_.on_given_up();
  use_->traffic().connections.fetch_sub(1, std::memory_order_relaxed);
  use_.reset();
  cache_ = 0;
  credential_ = nullptr;
  credential_id_ = 0;
  state_.is_authenticated = false;
  state_.takes_any_login = false;
  is_admitted_unasked_ = false;
  yields_to_login_ = false;
}

void Session::admit_as(const tenant::Entry& entry, const Now& now, Admitted how) {
  is_over_connection_limit_ = !entry.cache->is_enabled || !join(entry, now);
  is_admitted_unasked_ = !is_over_connection_limit_;
  state_.takes_any_login = is_admitted_unasked_;
  yields_to_login_ = how == Admitted::by_tls_name;
}

// Not a wrong password: the client is set up wrongly. Only what may be a mechanism's name is told.
void Session::note_not_understood(const Request& request) {
  context_.counters.authentications_not_understood.add(1);
  if (!log::is_first(log::Level::warning, "authentication_not_understood", {})) return;
  const bool is_name = request.key.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
                       std::string_view::npos;
  log::warning("authentication_not_understood",
               {{"peer", peer_},
                {"mechanism", is_name ? request.key : "?"},
                {"reason", request.key == "PLAIN" ? "malformed" : "only PLAIN is supported"}});
}

void Session::answer_sasl(const Request& request, Output& out, const Now& now,
                          InputResult& result) {
  std::string_view username;
  std::string_view password;
  const bool is_plain = request.verb == Verb::sasl_auth && request.key == "PLAIN" &&
                        split_plain(request.value, &username, &password);
  // An empty login names nobody, so the connection stays whose it is. Clients that were given no
  // login send it wherever a server offers SASL: Zabbix' agent does.
  if (is_plain && is_admitted_unasked_ && username.empty() && password.empty()) {
    return compose_binary(request, protocol::wire::ok, "", "Authenticated", out);
  }
  if (!is_plain && context_.settings.open_cache == 0) {
    note_not_understood(request);
    if (is_admitted_unasked_) leave();
    return compose_binary_error(request, protocol::wire::auth_error, out);
  }
  switch (login(username, password, now, result)) {
    case Login::accepted:
      return compose_binary(request, protocol::wire::ok, "", "Authenticated", out);
    case Login::refused:
    case Login::other_user:
      // Who asked to be somebody else must not go on as who the port or the name stands for: what
      // they sent behind the login would be kept there.
      if (is_admitted_unasked_) leave();
      return compose_binary_error(request, protocol::wire::auth_error, out);
    case Login::too_many_connections:
      compose_binary(request, protocol::wire::auth_error, "", "Too many connections.", out);
      result.next = Next::close;
      return;
    case Login::later:
      return;
  }
}

// The service's form: the key is the username, the value the password. Upstream's: any key, the
// value holds both with a space between them. A password has no space, so the two are told apart.
void Session::answer_ascii_auth(const Request& request, Output& out, const Now& now,
                                InputResult& result) {
  const size_t space = request.value.find(' ');
  const bool is_pair = space != std::string_view::npos;
  const std::string_view username = is_pair ? request.value.substr(0, space) : request.key;
  const std::string_view password = is_pair ? request.value.substr(space + 1) : request.value;
  switch (login(username, password, now, result)) {
    case Login::accepted:
      return say_stored(request, out);
    case Login::refused:
    case Login::other_user:
      compose_error(request, "CLIENT_ERROR authentication failure\r\n", protocol::wire::auth_error,
                    out);
      result.next = Next::close;
      return;
    case Login::too_many_connections:
      compose_error(request, "SERVER_ERROR too many connections\r\n", protocol::wire::auth_error,
                    out);
      result.next = Next::close;
      return;
    case Login::later:
      return;
  }
}

}  // namespace cachery::serve

#include "command/observe.h"

#include <array>

#include "command/expiry.h"
#include "store/record.h"

namespace cachery::command {
namespace {

using insight::Act;
using protocol::Outcome;
using protocol::Request;
using protocol::Response;
using protocol::Verb;
using tenant::Counter;

enum class Family : uint8_t { read, write, change, remove, none };

struct Row {
  Verb verb;
  const char* name;
  Family family;
};

constexpr std::array kRows = {
    Row{Verb::get, "GET", Family::read},
    Row{Verb::touch, "TOUCH", Family::read},
    Row{Verb::gat, "GAT", Family::read},
    Row{Verb::set, "SET", Family::write},
    Row{Verb::add, "ADD", Family::write},
    Row{Verb::replace, "REPLACE", Family::write},
    Row{Verb::append, "APPEND", Family::change},
    Row{Verb::prepend, "PREPEND", Family::change},
    Row{Verb::cas, "CAS", Family::write},
    Row{Verb::remove, "DELETE", Family::remove},
    Row{Verb::incr, "INCR", Family::change},
    Row{Verb::decr, "DECR", Family::change},
    Row{Verb::meta_get, "MG", Family::read},
    Row{Verb::meta_set, "MS", Family::write},
    Row{Verb::meta_delete, "MD", Family::remove},
    Row{Verb::meta_arithmetic, "MA", Family::change},
    Row{Verb::meta_debug, "ME", Family::none},
    Row{Verb::refuse_too_large, "SET", Family::remove},
};

constexpr bool is_in_order() {
  for (size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<size_t>(kRows[i].verb) != i) return false;
  }
  return kRows.size() == static_cast<size_t>(Verb::refuse_too_large) + 1;
}
static_assert(is_in_order(), "one row a verb, so that a verb is its row's number");

// A slot of the index at four fifths, and the ghosts' share.
constexpr size_t kChargeBesideRecord = 10;

const char* status_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::hit:
    case Outcome::stored:
    case Outcome::removed:
      return "OK";
    case Outcome::miss:
    case Outcome::not_found:
      return "NOT_FOUND";
    case Outcome::not_stored:
      return "NOT_STORED";
    case Outcome::refused:
      return "REFUSED";
    case Outcome::exists:
      return "EXISTS";
    case Outcome::non_numeric:
      return "NON_NUMERIC";
    case Outcome::too_large:
      return "TOO_LARGE";
    case Outcome::out_of_memory:
      return "OUT_OF_MEMORY";
  }
  return "";
}

bool is_append(const Request& request) {
  return request.verb == Verb::meta_set && (request.mode == 'A' || request.mode == 'P');
}

Act act_of(Family family, const Request& request, Outcome outcome) {
  if (request.is_refused) return Act::other;
  switch (family) {
    case Family::read:
      return outcome == Outcome::hit ? Act::hit : Act::miss;
    case Family::write:
      if (outcome != Outcome::stored) return Act::other;
      return is_append(request) ? Act::change : Act::store;
    case Family::change:
      return outcome == Outcome::hit || outcome == Outcome::stored ? Act::change : Act::other;
    case Family::remove:
      return outcome == Outcome::removed || outcome == Outcome::too_large ? Act::remove
                                                                          : Act::other;
    case Family::none:
      break;
  }
  return Act::other;
}

}  // namespace

insight::Event event_of(const Request& request, const Response& response, uint64_t hash,
                        uint32_t now, int64_t wall_ahead) {
  const Row& row = kRows[static_cast<size_t>(request.verb)];
  const bool is_read = row.family == Family::read;
  const size_t value_bytes = is_read ? response.item.value.size() : request.value.size();
  const size_t record_bytes = store::Record::bytes_for(request.key.size(), value_bytes, {});
  return {.key = request.key,
          .hash = hash,
          .value_bytes = static_cast<uint32_t>(value_bytes),
          .charged_bytes = static_cast<uint32_t>(record_bytes + kChargeBesideRecord),
          .expiry = is_read ? 0 : expiry_of(request.exptime, now, wall_ahead),
          .act = act_of(row.family, request, response.outcome),
          .command = row.name,
          .status = request.is_refused ? "REFUSED" : status_of(response.outcome)};
}

insight::ReadCounts reads_of(const serve::WorkerCounters& counters) {
  return {counters.get(Counter::cmd_get) + counters.get(Counter::cmd_touch),
          counters.get(Counter::get_misses) + counters.get(Counter::touch_misses)};
}

}  // namespace cachery::command

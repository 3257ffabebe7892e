#include <array>

#include "command/job.h"

namespace cachery::command {
namespace {

using protocol::Verb;

struct Row {
  Verb verb;
  Handler handler;
};

// Every executed verb, in the order of the enum.
constexpr std::array kTable = {
    Row{Verb::get, get},
    Row{Verb::touch, touch},
    Row{Verb::gat, touch},
    Row{Verb::set, store},
    Row{Verb::add, store},
    Row{Verb::replace, store},
    Row{Verb::append, store},
    Row{Verb::prepend, store},
    Row{Verb::cas, store},
    Row{Verb::remove, remove},
    Row{Verb::incr, arithmetic},
    Row{Verb::decr, arithmetic},
    Row{Verb::meta_get, meta_get},
    Row{Verb::meta_set, store},
    Row{Verb::meta_delete, meta_delete},
    Row{Verb::meta_arithmetic, arithmetic},
    Row{Verb::meta_debug, meta_debug},
    Row{Verb::refuse_too_large, refuse_too_large},
};

constexpr bool is_in_order() {
  for (size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<size_t>(kTable[i].verb) != i) return false;
  }
  return kTable.size() == static_cast<size_t>(Verb::refuse_too_large) + 1;
}
static_assert(is_in_order(), "one row a verb, so that a verb is its row's number");

}  // namespace

Handler handler_of(Verb verb) { return kTable[static_cast<size_t>(verb)].handler; }

}  // namespace cachery::command

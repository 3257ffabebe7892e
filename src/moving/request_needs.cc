#include "moving/request_needs.h"

#include "base/base64.h"
#include "moving/dump_line.h"

namespace cachery::moving {
namespace {

using protocol::Verb;

// `ms`: S set, E add, A append, P prepend, R replace; capitals or not, 0 where none was given.
bool is_plain_set(char mode) { return mode == 0 || mode == 'S' || mode == 's'; }

// The answer depends on the item that is there.
bool compares(const protocol::Request& request) { return request.has_cas || request.cas != 0; }

// Only `noreply` hides whether there was an item to delete: a quiet binary delete still says that
// there was none.
bool tells_of_deletion(const protocol::Request& request) {
  return request.dialect != protocol::Dialect::ascii || request.quiet == protocol::Quiet::no;
}

Needs needs_of_verb(Verb verb, const protocol::Request& request) {
  switch (verb) {
    case Verb::get:
      return {.item = true};
    case Verb::meta_get:
      return {.item = true, .writes = request.meta.has('T')};
    case Verb::meta_debug:
      return {.item = true};
    case Verb::touch:
    case Verb::gat:
    case Verb::add:
    case Verb::replace:
    case Verb::append:
    case Verb::prepend:
    case Verb::cas:
    case Verb::incr:
    case Verb::decr:
    case Verb::meta_arithmetic:
      return {.item = true, .writes = true};
    case Verb::meta_set:
      return {.item = !is_plain_set(request.mode) || compares(request), .writes = true};
    case Verb::meta_delete:  // `I` keeps the item besides, and calls it stale
    case Verb::remove:
      return {.item = tells_of_deletion(request), .writes = true};
    case Verb::set:
      return {.item = compares(request), .writes = true};
    case Verb::flush:
      return {.flushes = true};
    default:
      return {};
  }
}

}  // namespace

Needs needs_of(const protocol::Request& request) {
  if (request.verb != Verb::refuse_too_large) return needs_of_verb(request.verb, request);
  return needs_of_verb(request.refused_verb, request);
}

std::optional<std::string> text_key_of(const protocol::Request& request) {
  std::string key(request.wire_key);
  if (request.is_key_base64) key.resize(base64_decode(request.wire_key, key.data()));
  if (!is_text_key(key)) return std::nullopt;
  return key;
}

}  // namespace cachery::moving

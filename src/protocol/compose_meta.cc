// Meta replies echo the asked-for flags in the order of the request, so its flag text is read a
// second time here rather than kept as a list in every Request.
#include "base/base64.h"
#include "protocol/compose.h"

namespace cachery::protocol {
namespace {

// A reply's line: code, a size, every flag once with a number, the opaque; the key comes on top.
constexpr size_t kLineBytes = 320;

char* put_flag(char* at, char letter) {
  *at++ = ' ';
  *at++ = letter;
  return at;
}

char* put_key(char* at, std::string_view key, bool is_base64) {
  at = put_flag(at, 'k');
  return is_base64 ? put(base64_encode(key, at), " b") : put(at, key);
}

// Calls visit(letter, whole token) for each flag of the request, in its order.
template <typename Visit>
void for_each_flag(std::string_view text, Visit visit) {
  size_t at = 0;
  while (at < text.size()) {
    if (text[at] == ' ') {
      ++at;
      continue;
    }
    size_t end = text.find(' ', at);
    if (end == std::string_view::npos) end = text.size();
    visit(text[at], text.substr(at, end - at));
    at = end;
  }
}

char* put_opaque(char* at, std::string_view token) {
  *at++ = ' ';
  return put(at, token);
}

// The flags that come back whatever the outcome: the opaque and the key.
char* put_echo(char* at, const Request& request) {
  for_each_flag(request.text, [&](char letter, std::string_view token) {
    if (letter == 'O') at = put_opaque(at, token);
    if (letter == 'k') at = put_key(at, request.wire_key, request.is_key_base64);
  });
  return at;
}

// Upstream echoes the key as the item was stored, but for ma, where it is as the request has it. A
// key that the binary dialect stored may hold what would end a line or a word: it can only be asked
// for in base64 and is answered so, where upstream breaks its own reply.
bool shows_base64(const Request& request, const ItemView& item) {
  if (item.is_key_base64 && request.verb != Verb::meta_arithmetic) return true;
  if (!request.is_key_base64) return false;
  return request.verb == Verb::meta_arithmetic ||
         request.wire_key.find_first_of(" \n") != std::string_view::npos;
}

char* put_item_flag(char* at, char letter, const Request& request, const ItemView& item) {
  switch (letter) {
    case 's':
      return put_number(put_flag(at, 's'), uint64_t{item.value.size()});
    case 't':
      return put_number(put_flag(at, 't'), item.ttl_seconds);
    case 'c':
      return put_number(put_flag(at, 'c'), item.cas);
    case 'f':
      return put_number(put_flag(at, 'f'), uint64_t{item.flags});
    case 'l':
      return put_number(put_flag(at, 'l'), item.idle_seconds);
    case 'h':
      return put_number(put_flag(at, 'h'), uint64_t{item.was_fetched ? 1u : 0u});
    case 'k':
      return put_key(at, request.wire_key, shows_base64(request, item));
    default:
      return at;
  }
}

bool says_flag(Verb verb, char letter) {
  std::string_view letters;
  if (verb == Verb::meta_get) letters = "stcflhk";
  if (verb == Verb::meta_set) letters = "ksc";
  if (verb == Verb::meta_arithmetic) letters = "ctk";
  return letters.find(letter) != std::string_view::npos;
}

// mg and ma: "VA size flags\r\nvalue" or "HD flags"; ms: "HD flags".
void compose_item(const Request& request, const Response& response, Output& out) {
  const ItemView& item = response.item;
  const bool has_value =
      request.verb != Verb::meta_set && request.meta.has('v') && !response.hides_value;
  char* at = out.reserve(kLineBytes + request.wire_key.size() * 2 + item.value.size());
  at = put(at, has_value ? "VA " : "HD");
  if (has_value) at = put_number(at, uint64_t{item.value.size()});
  for_each_flag(request.text, [&](char letter, std::string_view token) {
    if (letter == 'O') at = put_opaque(at, token);
    if (says_flag(request.verb, letter)) at = put_item_flag(at, letter, request, item);
  });
  if (item.is_token_sent) at = put_flag(at, 'Z');
  if (item.is_stale) at = put_flag(at, 'X');
  if (item.has_won) at = put_flag(at, 'W');
  at = put(at, "\r\n");
  if (has_value) at = put(put(at, item.value), "\r\n");
  out.commit(at);
}

void compose_debug(const Request& request, const ItemView& item, Output& out) {
  char* at = out.reserve(kLineBytes + request.wire_key.size() * 2);
  at = put(at, "ME ");
  at =
      shows_base64(request, item) ? base64_encode(request.wire_key, at) : put(at, request.wire_key);
  at = put_number(put(at, " exp="), item.ttl_seconds);
  at = put_number(put(at, " la="), item.idle_seconds);
  at = put_number(put(at, " cas="), item.cas);
  at = put(at, item.was_fetched ? " fetch=yes" : " fetch=no");
  at = put_number(put(at, " cls=1 size="), item.stored_bytes);
  out.commit(put(at, "\r\n"));
}

struct Code {
  std::string_view text;
  bool is_quiet_hidden;  // left out under q
};

Code code_of(Verb verb, Outcome outcome) {
  switch (outcome) {
    case Outcome::hit:
    case Outcome::stored:
    case Outcome::removed:
      return {"HD", true};
    case Outcome::miss:
      return verb == Verb::meta_get || verb == Verb::meta_debug ? Code{"EN", true}
                                                                : Code{"NF", false};
    case Outcome::not_found:
      return {"NF", false};
    case Outcome::refused:
    case Outcome::not_stored:
      return {"NS", false};
    case Outcome::exists:
      return {"EX", false};
    case Outcome::non_numeric:
      return {"CLIENT_ERROR cannot increment or decrement non-numeric value", false};
    case Outcome::too_large:
      return {"SERVER_ERROR object too large for cache", false};
    case Outcome::out_of_memory:
      return {"SERVER_ERROR out of memory storing object", false};
  }
  return {"ERROR", false};
}

bool is_error(Outcome outcome) {
  return outcome == Outcome::non_numeric || outcome == Outcome::too_large ||
         outcome == Outcome::out_of_memory;
}

}  // namespace

void compose_meta(const Request& request, const Response& response, Output& out) {
  const bool is_quiet = request.quiet == Quiet::yes;
  const Outcome outcome = response.outcome;
  if (outcome == Outcome::hit && request.verb == Verb::meta_debug) {
    return compose_debug(request, response.item, out);
  }
  const bool is_silent_ma = is_quiet && request.verb == Verb::meta_arithmetic;
  if (outcome == Outcome::hit) {
    if (!is_silent_ma) compose_item(request, response, out);
    return;
  }
  const Code code = code_of(request.verb, outcome);
  if (is_quiet && code.is_quiet_hidden) return;
  if (outcome == Outcome::stored) return compose_item(request, response, out);
  char* at = out.reserve(kLineBytes + request.wire_key.size() * 2);
  at = put(at, code.text);
  if (!is_error(outcome)) {
    if (request.verb == Verb::meta_set) {
      for_each_flag(request.text, [&](char letter, std::string_view token) {
        if (letter == 'O') at = put_opaque(at, token);
        if (says_flag(request.verb, letter)) at = put_item_flag(at, letter, request, response.item);
      });
    } else {
      at = put_echo(at, request);
    }
  }
  out.commit(put(at, "\r\n"));
}

}  // namespace cachery::protocol

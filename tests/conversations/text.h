// Texts of a conversation: what stands between `>` or `<` and the end of the line, and the quoted
// values of packets. A text is literal bytes and variables; `{a x 300}` is already spelled out.
// One type serves both directions: sent, its variables are filled in; expected, a variable without
// a value takes the digits that stand in its place. Regular expressions for all of the expected
// side would make every line with a dot or a bracket unreadable; they are for odd lines only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"

namespace cachery::conversation {

using Variables = std::map<std::string, std::string, std::less<>>;

struct Variable {
  std::string name;
  std::uint64_t offset = 0;  // added modulo 2^64, so that `$cas-1` is an offset too
};

using Piece = std::variant<std::string, Variable>;
using Text = std::vector<Piece>;

// Reads escapes (\r \n \t \s \\ \" \{ \$ \xNN), repetitions `{text x N}` and variables `$name+N`.
[[nodiscard]] Result<Text> parse_text(std::string_view source);

// The value of one variable, its offset added; not_found when nothing has given it one.
[[nodiscard]] Result<std::string> value_of(const Variable& variable, const Variables& variables);

[[nodiscard]] Result<std::string> expand(const Text& text, const Variables& variables);

enum class Match { matched, mismatch, need_more };

struct Matched {
  Match match = Match::need_more;
  std::size_t consumed = 0;
};

// Compares the beginning of `received` with the text. Variables without a value are bound when the
// whole text has matched.
[[nodiscard]] Matched match_text(const Text& text, std::string_view received, Variables& variables);

// For people: control characters and bytes above 0x7e as \xNN, the middle of long texts left out.
[[nodiscard]] std::string escaped(std::string_view bytes);

}  // namespace cachery::conversation

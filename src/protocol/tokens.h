// A command line cut at its spaces. Holds the first kTokensMax tokens: no command of ours has more
// (a get's keys are read one by one), and `count` goes on counting so that too many are seen.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace cachery::protocol {

struct Tokens {
  static constexpr size_t kTokensMax = 24;

  std::array<std::string_view, kTokensMax> at;
  size_t count = 0;
  std::string_view last;

  std::string_view operator[](size_t index) const {
    return index < count && index < kTokensMax ? at[index] : std::string_view{};
  }
};

inline Tokens split_tokens(std::string_view line) {
  Tokens tokens;
  size_t start = 0;
  while (start < line.size()) {
    if (line[start] == ' ') {
      ++start;
      continue;
    }
    size_t end = line.find(' ', start);
    if (end == std::string_view::npos) end = line.size();
    tokens.last = line.substr(start, end - start);
    if (tokens.count < Tokens::kTokensMax) tokens.at[tokens.count] = tokens.last;
    ++tokens.count;
    start = end;
  }
  return tokens;
}

}  // namespace cachery::protocol

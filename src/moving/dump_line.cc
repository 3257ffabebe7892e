#include "moving/dump_line.h"

#include <algorithm>
#include <charconv>

namespace cachery::moving {
namespace {

constexpr size_t kTextKeyBytesMax = 250;
constexpr int64_t kPointInTimeMax =
    0x7fffffff;  // the last that every server takes for a time to come

std::optional<std::string_view> field(std::string_view line, std::string_view name) {
  while (!line.empty()) {
    const size_t end = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, end);
    if (word.starts_with(name)) return word.substr(name.size());
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return std::nullopt;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out.push_back(text[at]);
      continue;
    }
    if (at + 2 >= text.size()) return std::nullopt;
    unsigned byte = 0;
    const auto [end, error] = std::from_chars(&text[at + 1], &text[at + 1] + 2, byte, 16);
    if (error != std::errc() || end != &text[at + 1] + 2) return std::nullopt;
    out.push_back(static_cast<char>(byte));
    at += 2;
  }
  return out;
}

}  // namespace

std::optional<DumpedKey> parse_dump_line(std::string_view line) {
  const auto key = field(line, "key=");
  const auto exp = field(line, "exp=");
  if (!key || !exp) return std::nullopt;
  int64_t expires_at = 0;
  const auto [end, error] = std::from_chars(exp->data(), exp->data() + exp->size(), expires_at);
  if (error != std::errc() || end != exp->data() + exp->size()) return std::nullopt;
  auto name = decoded(*key);
  if (!name || name->empty()) return std::nullopt;
  return DumpedKey{std::move(*name), std::clamp<int64_t>(expires_at, 0, kPointInTimeMax)};
}

bool is_text_key(std::string_view key) {
  return !key.empty() && key.size() <= kTextKeyBytesMax &&
         key.find_first_of(std::string_view(" \r\n\0", 4)) == std::string_view::npos;
}

}  // namespace cachery::moving

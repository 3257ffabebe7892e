#include "text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace cachery::conversation {
namespace {

constexpr std::size_t kShownBytesMax = 400;
constexpr std::size_t kRepeatedBytesMax = 64 << 20;

template <typename Number>
std::optional<Number> parse_number(std::string_view digits, int base = 10) {
  Number number{};
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number, base);
  if (error != std::errc() || stop != end || digits.empty()) return std::nullopt;
  return number;
}

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Walks over the source once and collects pieces.
class Reader {
 public:
  explicit Reader(std::string_view source) : rest_(source) {}

  Result<Text> read() {
    while (!rest_.empty()) {
      const Status step = read_one();
      if (!step) return std::unexpected(step.error());
    }
    finish_literal();
    return std::move(text_);
  }

 private:
  Status read_one() {
    switch (rest_.front()) {
      case '\\':
        return read_escape();
      case '{':
        return read_repetition();
      case '$':
        return read_variable();
      default:
        literal_ += take(1);
        return {};
    }
  }

  Status read_escape() {
    if (rest_.size() < 2) return fail(Fault::invalid, "a lone backslash at the end");
    const char kind = rest_[1];
    if (kind == 'x') return read_byte();
    constexpr std::string_view kFrom = "rnts\\\"{$";
    constexpr std::string_view kTo = "\r\n\t \\\"{$";
    const std::size_t index = kFrom.find(kind);
    if (index == std::string_view::npos) {
      return fail(Fault::invalid, fmt::format("unknown escape \\{}", kind));
    }
    literal_ += kTo[index];
    take(2);
    return {};
  }

  Status read_byte() {
    const auto byte = parse_number<std::uint8_t>(rest_.substr(2, 2), 16);
    if (!byte || rest_.size() < 4) return fail(Fault::invalid, "\\x wants two hexadecimal digits");
    literal_ += static_cast<char>(*byte);
    take(4);
    return {};
  }

  Status read_repetition() {
    const std::size_t end = rest_.find('}');
    const std::size_t cross = rest_.substr(0, end).rfind(" x ");
    if (end == std::string_view::npos || cross == std::string_view::npos) {
      return fail(Fault::invalid, "{ wants `{text x N}`; a brace itself is \\{");
    }
    const Result<Text> unit = Reader(rest_.substr(1, cross - 1)).read();
    if (!unit) return std::unexpected(unit.error());
    const Result<std::string> bytes = expand(*unit, {});
    if (!bytes) return fail(Fault::invalid, "no variables inside a repetition");
    const auto times = parse_number<std::size_t>(rest_.substr(cross + 3, end - cross - 3));
    if (!times || *times * bytes->size() > kRepeatedBytesMax) {
      return fail(Fault::invalid, "the count of a repetition is no sensible number");
    }
    for (std::size_t i = 0; i < *times; ++i) literal_ += *bytes;
    take(end + 1);
    return {};
  }

  Status read_variable() {
    take(1);
    const auto name_end = std::find_if_not(rest_.begin(), rest_.end(), is_name);
    Variable variable{std::string(rest_.begin(), name_end), 0};
    if (variable.name.empty()) return fail(Fault::invalid, "$ wants a name; a dollar is \\$");
    take(variable.name.size());
    if (rest_.size() > 1 && (rest_[0] == '+' || rest_[0] == '-') && is_digit(rest_[1])) {
      const bool minus = take(1) == "-";
      const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_digit);
      const std::string_view digits = take(static_cast<std::size_t>(end - rest_.begin()));
      const std::uint64_t offset = parse_number<std::uint64_t>(digits).value_or(0);
      variable.offset = minus ? std::uint64_t{0} - offset : offset;
    }
    finish_literal();
    text_.emplace_back(std::move(variable));
    return {};
  }

  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  void finish_literal() {
    if (!literal_.empty()) text_.emplace_back(std::move(literal_));
    literal_.clear();
  }

  std::string_view rest_;
  std::string literal_;
  Text text_;
};

Matched match_literal(std::string_view expected, std::string_view received) {
  const std::size_t common = std::min(expected.size(), received.size());
  if (expected.substr(0, common) != received.substr(0, common)) return {Match::mismatch, 0};
  if (common < expected.size()) return {Match::need_more, 0};
  return {Match::matched, common};
}

// A variable without a value takes the digits that stand here; it knows that it has them all only
// when another byte follows.
Matched match_digits(std::string_view received) {
  const auto end = std::find_if_not(received.begin(), received.end(), is_digit);
  if (end == received.end()) return {Match::need_more, 0};
  const auto count = static_cast<std::size_t>(end - received.begin());
  return count == 0 ? Matched{Match::mismatch, 0} : Matched{Match::matched, count};
}

}  // namespace

Result<Text> parse_text(std::string_view source) { return Reader(source).read(); }

Result<std::string> value_of(const Variable& variable, const Variables& variables) {
  const auto found = variables.find(variable.name);
  if (found == variables.end()) {
    return fail(Fault::not_found, fmt::format("${} has no value yet", variable.name));
  }
  if (variable.offset == 0) return found->second;
  const auto number = parse_number<std::uint64_t>(found->second);
  if (!number) return fail(Fault::invalid, fmt::format("${} is no number", variable.name));
  return std::to_string(*number + variable.offset);
}

Result<std::string> expand(const Text& text, const Variables& variables) {
  std::string bytes;
  for (const Piece& piece : text) {
    if (const auto* literal = std::get_if<std::string>(&piece)) {
      bytes += *literal;
      continue;
    }
    const Result<std::string> value = value_of(std::get<Variable>(piece), variables);
    if (!value) return value;
    bytes += *value;
  }
  return bytes;
}

Matched match_text(const Text& text, std::string_view received, Variables& variables) {
  Variables bound = variables;
  std::size_t consumed = 0;
  for (const Piece& piece : text) {
    const std::string_view rest = received.substr(consumed);
    const auto* literal = std::get_if<std::string>(&piece);
    const auto* variable = std::get_if<Variable>(&piece);
    const Result<std::string> value = literal != nullptr ? Result<std::string>(*literal)
                                                         : value_of(*variable, bound);
    const Matched matched = value ? match_literal(*value, rest) : match_digits(rest);
    if (matched.match != Match::matched) return {matched.match, 0};
    if (!value) bound[variable->name] = rest.substr(0, matched.consumed);
    consumed += matched.consumed;
  }
  variables = std::move(bound);
  return {Match::matched, consumed};
}

std::string escaped(std::string_view bytes) {
  if (bytes.size() > kShownBytesMax) {
    const std::size_t half = kShownBytesMax / 2;
    return fmt::format("{} …{} bytes… {}", escaped(bytes.substr(0, half)),
                       bytes.size() - 2 * half, escaped(bytes.substr(bytes.size() - half)));
  }
  std::string shown;
  for (const char c : bytes) {
    if (c == '\r') shown += "\\r";
    else if (c == '\n') shown += "\\n";
    else if (c == '\\') shown += "\\\\";
    else if (c >= 0x20 && c < 0x7f) shown += c;
    else shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return shown;
}

}  // namespace cachery::conversation

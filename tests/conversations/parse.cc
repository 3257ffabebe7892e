// Reads .conv files. Every line stands for itself, so the reader needs no more than the kind of the
// line before: a row of sends becomes one write.
#include <fmt/format.h>

#include <charconv>
#include <regex>
#include <utility>

#include "conversation.h"

namespace cachery::conversation {
namespace {

constexpr int kSecondsMax = 100 * 24 * 3600;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// The rest of the line when it begins with the prefix.
std::optional<std::string_view> after(std::string_view line, std::string_view prefix) {
  if (!line.starts_with(prefix)) return std::nullopt;
  return line.substr(prefix.size());
}

std::optional<int> parse_int(std::string_view text) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || text.empty()) return std::nullopt;
  return number;
}

// `> text` means the text and its line end; a backslash at the end takes the line end away.
Result<Text> parse_line_text(std::string_view source) {
  if (source.starts_with(' ')) source.remove_prefix(1);
  std::size_t backslashes = 0;
  while (backslashes < source.size() && source[source.size() - 1 - backslashes] == '\\') {
    ++backslashes;
  }
  const bool bare = backslashes % 2 == 1;
  if (bare) source.remove_suffix(1);
  Result<Text> text = parse_text(source);
  if (text && !bare) text->emplace_back("\r\n");
  return text;
}

Result<Expected> parse_expected_line(std::string_view source) {
  const std::string_view body = trimmed(source);
  if (body.size() < 2 || body.front() != '/' || body.back() != '/') {
    Result<Text> text = parse_line_text(source);
    if (!text) return std::unexpected(text.error());
    return Expected{std::move(*text)};
  }
  const std::string expression(body.substr(1, body.size() - 2));
  try {
    const std::regex compiled(expression);
  } catch (const std::regex_error& error) {
    return fail(Fault::invalid, fmt::format("/{}/: {}", expression, error.what()));
  }
  return Expected{Regex{expression}};
}

Result<Expected> parse_expected_packet(std::string_view line) {
  Result<Packet> packet = parse_response(line);
  if (!packet) return std::unexpected(packet.error());
  return Expected{std::move(*packet)};
}

Result<Advance> parse_advance(std::string_view amount) {
  if (!amount.ends_with('s')) return fail(Fault::invalid, "advance wants seconds, like 10s");
  const auto seconds = parse_int(amount.substr(0, amount.size() - 1));
  if (!seconds || *seconds <= 0 || *seconds > kSecondsMax) {
    return fail(Fault::invalid, fmt::format("{} is no amount of seconds", amount));
  }
  return Advance{std::chrono::seconds(*seconds)};
}

Result<Login> parse_login(std::string_view words) {
  if (const auto who = after(words, "ascii ")) return Login{Dialect::ascii, std::string(*who)};
  if (const auto who = after(words, "sasl ")) return Login{Dialect::sasl, std::string(*who)};
  return fail(Fault::invalid, "login wants a dialect and a person, like `ascii owner`");
}

Result<Check> parse_check(std::string_view words) {
  for (const std::string_view relation : {" == ", " != ", " > "}) {
    const std::size_t at = words.find(relation);
    if (at == std::string_view::npos) continue;
    const Result<Text> left = parse_text(words.substr(0, at));
    const Result<Text> right = parse_text(words.substr(at + relation.size()));
    if (!left || !right || left->size() != 1 || right->size() != 1) break;
    const auto* one = std::get_if<Variable>(&left->front());
    const auto* two = std::get_if<Variable>(&right->front());
    if (one == nullptr || two == nullptr) break;
    return Check{*one, std::string(trimmed(relation)), *two};
  }
  return fail(Fault::invalid, "check wants two variables, like `$a != $b`");
}

class Reader {
 public:
  explicit Reader(std::string_view file) : file_(file) {}

  Status read_line(std::string_view line) {
    ++line_;
    if (trimmed(line).empty()) return end_row();
    if (line.starts_with('#')) return {};
    if (const auto title = after(line, "title:")) return begin(trimmed(*title));
    if (conversations_.empty()) return fail(Fault::invalid, "a conversation begins with `title:`");
    if (conversations_.back().steps.empty()) {
      const Result<bool> header = read_header(conversations_.back(), line);
      if (!header) return std::unexpected(header.error());
      if (*header) return {};
    }
    if (const auto rest = after(line, "us: ")) return read_marked(Side::us, *rest);
    if (const auto rest = after(line, "upstream: ")) return read_marked(Side::upstream, *rest);
    return read_step(Side::both, line);
  }

  int line() const { return line_; }
  std::vector<Conversation> take() { return std::move(conversations_); }

  // Whole conversations are judged once their last line is known.
  Status finish() const {
    if (skips_) return fail(Fault::invalid, "`...` and `<~` want something after them");
    for (const Conversation& conversation : conversations_) {
      bool marked = false;
      for (const Step& step : conversation.steps) marked |= step.side != Side::both;
      if (conversation.steps.empty() || marked == conversation.differs.empty()) {
        return fail(Fault::invalid,
                    fmt::format("\"{}\" (line {}) has no steps, or `differs:` without marked "
                                "lines, or marked lines without `differs:`",
                                conversation.title, conversation.line));
      }
    }
    return {};
  }

 private:
  Status begin(std::string_view title) {
    Conversation& conversation = conversations_.emplace_back();
    conversation.file = file_;
    conversation.line = line_;
    conversation.title = title;
    return end_row();
  }

  Status end_row() {
    row_ends_ = true;
    return {};
  }

  static Result<bool> read_header(Conversation& conversation, std::string_view line) {
    if (const auto why = after(line, "only us:")) {
      conversation.why_only_us = trimmed(*why);
    } else if (const auto reason = after(line, "differs:")) {
      conversation.differs = trimmed(*reason);
    } else if (const auto version = after(line, "since:")) {
      const auto parsed = parse_version(trimmed(*version));
      if (!parsed) return fail(Fault::invalid, "since wants a version, like 1.6.45");
      conversation.since = *parsed;
    } else if (trimmed(line) == "needs: accounts") {
      conversation.needs_accounts = true;
    } else if (trimmed(line) == "split: every byte") {
      conversation.splits = true;
    } else {
      return false;
    }
    return true;
  }

  Status read_marked(Side side, std::string_view line) {
    row_ends_ = true;
    const Status read = read_step(side, line);
    row_ends_ = true;
    return read;
  }

  Status read_step(Side side, std::string_view line) {
    if (const auto text = after(line, "b> ")) return add_send(side, parse_request(*text));
    if (const auto text = after(line, ">")) return add_send(side, parse_line_text(*text));
    row_ends_ = true;
    if (trimmed(line) == "< ..." || trimmed(line) == "b< ...") {
      skips_ = true;
      return {};
    }
    if (const auto text = after(line, "b<~ ")) return add_among(parse_expected_packet(*text));
    if (const auto text = after(line, "<~")) return add_among(parse_expected_line(*text));
    if (const auto text = after(line, "b< ")) {
      return add_expected(side, parse_expected_packet(*text));
    }
    if (const auto text = after(line, "<")) return add_expected(side, parse_expected_line(*text));
    return read_directive(side, trimmed(line));
  }

  Status read_directive(Side side, std::string_view line) {
    if (line == "closed") return add(side, Result<Closed>());
    if (line == "silence") return add(side, Result<Silence>());
    if (line == "hang up") return add(side, Result<HangUp>());
    if (line == "next packet") return add(side, Result<NextPacket>());
    if (const auto rest = after(line, "advance ")) return add(side, parse_advance(*rest));
    if (const auto rest = after(line, "login ")) return add(side, parse_login(*rest));
    if (const auto rest = after(line, "check ")) return add(side, parse_check(*rest));
    if (const auto rest = after(line, "on ")) return add(side, Result<On>(On{std::string(*rest)}));
    return fail(Fault::invalid, fmt::format("`{}` means nothing here", line));
  }

  template <typename Part>
  Status add_send(Side side, Result<Part> part) {
    if (!part) return std::unexpected(part.error());
    std::vector<Step>& steps = conversations_.back().steps;
    if (row_ends_ || steps.empty()) steps.push_back({line_, side, Send{}});
    row_ends_ = false;
    std::get<Send>(steps.back().act).parts.emplace_back(std::move(*part));
    return {};
  }

  Status add_among(Result<Expected> expected) {
    if (!expected) return std::unexpected(expected.error());
    among_.push_back(std::move(*expected));
    skips_ = true;
    return {};
  }

  Status add_expected(Side side, Result<Expected> expected) {
    if (!expected) return std::unexpected(expected.error());
    Expect expect{std::move(*expected), std::exchange(skips_, false), std::move(among_)};
    among_.clear();
    return add(side, Result<Expect>(std::move(expect)));
  }

  template <typename Act>
  Status add(Side side, Result<Act> act) {
    if (!act) return std::unexpected(act.error());
    conversations_.back().steps.push_back({line_, side, std::move(*act)});
    return {};
  }

  std::string file_;
  int line_ = 0;
  bool row_ends_ = true;  // the next send begins a write of its own
  bool skips_ = false;    // `...` or `<~` was read, what it stands before was not
  std::vector<Expected> among_;
  std::vector<Conversation> conversations_;
};

}  // namespace

std::optional<Version> parse_version(std::string_view text) {
  const std::size_t one = text.find('.');
  const std::size_t two = text.find('.', one + 1);
  if (one == std::string_view::npos || two == std::string_view::npos) return std::nullopt;
  const auto major = parse_int(text.substr(0, one));
  const auto minor = parse_int(text.substr(one + 1, two - one - 1));
  const auto patch = parse_int(text.substr(two + 1));
  if (!major || !minor || !patch) return std::nullopt;
  return Version{*major, *minor, *patch};
}

Result<std::vector<Conversation>> parse_conversations(std::string_view file,
                                                      std::string_view content) {
  Reader reader(file);
  while (!content.empty()) {
    const std::size_t end = content.find('\n');
    const Status read = reader.read_line(content.substr(0, end));
    if (!read) {
      return fail(Fault::invalid,
                  fmt::format("{}:{}: {}", file, reader.line(), read.error().detail));
    }
    content.remove_prefix(end == std::string_view::npos ? content.size() : end + 1);
  }
  if (const Status judged = reader.finish(); !judged) {
    return fail(Fault::invalid, fmt::format("{}: {}", file, judged.error().detail));
  }
  return reader.take();
}

}  // namespace cachery::conversation

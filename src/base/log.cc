// The only home of spdlog: it brings the clock, the lock and the level; the shape of a line (text
// or JSON) is ours, since its own formatter does not escape, and so is the way to stderr, since its
// queue makes callers wait or loses lines without a word.
#include "base/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <mutex>

#include "base/log_repeats.h"
#include "base/log_writer.h"
#include "base/utf8.h"

namespace cachery::log {
namespace {

std::atomic<Format> g_format{Format::text};

spdlog::level::level_enum spd_level(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out.push_back(c);
    }
  }
}

void append_field(std::string& out, const Field& field, Format format) {
  if (format == Format::json) {
    out += fmt::format(",\"{}\":", field.name);
  } else {
    out += fmt::format(" {}=", field.name);
  }
  if (field.is_number) {
    out += field.value;
    return;
  }
  const bool quoted =
      format == Format::json || field.value.find_first_of(" \"\\=\n\r\t") != std::string::npos;
  if (quoted) out.push_back('"');
  append_escaped(out, to_utf8(field.value));  // JSON has no other text
  if (quoted) out.push_back('"');
}

// The process has one, never freed: a line is possible until its end.
struct Shared {
  LogWriter* writer = nullptr;  // set by configure()
  std::mutex mutex;
  Repeats repeats;  // guarded by mutex
};
Shared& shared() {
  static auto* const state = new Shared;
  return *state;
}

// Its lock is held while a line is formatted and put into the queue.
class QueueSink final : public spdlog::sinks::base_sink<std::mutex> {
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    const bool is_error = message.level >= spdlog::level::err;
    shared().writer->add(is_error ? Urgency::error : Urgency::ordinary, {line.data(), line.size()});
  }
  void flush_() override {}
};

std::unique_ptr<spdlog::formatter> make_formatter(Format format) {
  return std::make_unique<spdlog::pattern_formatter>(
      format == Format::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                             : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v",
      spdlog::pattern_time_type::utc);
}

std::string body_of(std::string_view event, std::initializer_list<Field> fields, Format format) {
  std::string body;
  if (format == Format::json) {
    body = "\"event\":\"";
    append_escaped(body, event);
    body += "\"";
  } else {
    body = event;
  }
  for (const Field& field : fields) append_field(body, field, format);
  return body;
}

// Not by the queue, which was full when they were dropped and may be so again.
std::string dropped_line(uint64_t lines) {
  const Format format = g_format;
  const std::string body = body_of("log_lines_dropped", {{"lines", lines}}, format);
  spdlog::memory_buf_t line;
  make_formatter(format)->format({"cachery", spdlog::level::warn, body}, line);
  return {line.data(), line.size()};
}

void tell_repeats(Repeats::Round round) {
  std::vector<Repeats::Told> told;
  {
    const std::lock_guard lock(shared().mutex);
    told = shared().repeats.take(round);
  }
  for (const Repeats::Told& one : told) {
    if (one.group.name.empty()) {
      write(one.level, one.event, {{"times", one.times}});
    } else {
      write(one.level, one.event, {{one.group.name, one.group.value}, {"times", one.times}});
    }
  }
}

}  // namespace

void configure(Level least, Format format) {
  if (shared().writer == nullptr) {
    shared().writer = &LogWriter::start({.descriptor = STDERR_FILENO,
                                         .dropped_line = dropped_line,
                                         .on_round = [] { tell_repeats(Repeats::Round::next); }});
  }
  auto logger = std::make_shared<spdlog::logger>("cachery", std::make_shared<QueueSink>());
  logger->set_formatter(make_formatter(format));
  logger->set_level(spd_level(least));
  spdlog::set_default_logger(std::move(logger));
  g_format = format;
}

void finish(std::chrono::milliseconds patience) {
  if (shared().writer == nullptr) return;
  tell_repeats(Repeats::Round::last);
  shared().writer->finish(patience);
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  spdlog::logger* logger = spdlog::default_logger_raw();
  if (!logger->should_log(spd_level(level))) return;
  logger->log(spd_level(level), "{}", body_of(event, fields, g_format));
}

bool is_first(Level level, std::string_view event, Group group) {
  if (!spdlog::default_logger_raw()->should_log(spd_level(level))) return false;
  const std::lock_guard lock(shared().mutex);
  return shared().repeats.is_first(level, event, group);
}

}  // namespace cachery::log

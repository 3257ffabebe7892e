// The only home of spdlog: it brings the clock, the sink, the lock and the level; the shape of a
// line (text or JSON) is ours, since its own formatter does not escape.
#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

namespace cachery::log {
namespace {

std::atomic<Format> g_format{Format::text};

spdlog::level::level_enum spd_level(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warning: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
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
  append_escaped(out, field.value);
  if (quoted) out.push_back('"');
}

}  // namespace

void configure(Level least, Format format) {
  auto logger = std::make_shared<spdlog::logger>(
      "cachery", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern(format == Format::json
                          ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                          : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v",
                      spdlog::pattern_time_type::utc);
  logger->set_level(spd_level(least));
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
  g_format = format;
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  spdlog::logger* logger = spdlog::default_logger_raw();
  if (!logger->should_log(spd_level(level))) return;
  const Format format = g_format;
  std::string line;
  if (format == Format::json) {
    line = "\"event\":\"";
    append_escaped(line, event);
    line += "\"";
  } else {
    line = event;
  }
  for (const Field& field : fields) append_field(line, field, format);
  logger->log(spd_level(level), "{}", line);
}

}  // namespace cachery::log

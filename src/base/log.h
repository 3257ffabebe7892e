// Structured logs on stderr: an event name and fields, as text or as one JSON object a line. The
// only process-wide state we keep (beside the allocator): a log line must be possible from
// anywhere. No field may hold a password, token or key material. Any thread.
//
// No call waits for stderr: lines go by a bounded queue to a thread of the log's own
// (base/log_writer.h). An event that a client can cause at will is told only where is_first() says
// so: a line for each would let one client fill the disk.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace cachery::log {

enum class Level { debug, info, warning, error };
enum class Format { text, json };

struct Field {
  Field(std::string_view field_name, std::string_view text) : name(field_name), value(text) {}
  Field(std::string_view field_name, const char* text) : name(field_name), value(text) {}
  template <typename Number>
    requires std::is_arithmetic_v<Number>
  Field(std::string_view field_name, Number number)
      : name(field_name), value(std::to_string(number)), is_number(true) {}

  std::string_view name;
  std::string value;
  bool is_number = false;
};

// Called once at start, before the second thread.
void configure(Level least, Format format);
// At the end of the process: what was said is written, unless nobody takes it within `patience`.
void finish(std::chrono::milliseconds patience);
void write(Level level, std::string_view event, std::initializer_list<Field> fields);

// What repeated events are counted by: a cache, a port. Without a name: by the event alone.
struct Group {
  std::string_view name = {};  // a literal
  uint64_t value = 0;
};
// For an event that a client can cause at will. True: it is the first of its group, and the caller
// tells of it. Else it was counted, and is told of with the others of this second (`times`).
// `event`: a literal.
[[nodiscard]] bool is_first(Level level, std::string_view event, Group group);

inline void debug(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::info, event, fields);
}
inline void warning(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::warning, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {}) {
  write(Level::error, event, fields);
}

}  // namespace cachery::log

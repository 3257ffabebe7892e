// Structured logs on stderr: an event name and fields, as text or as one JSON object a line. The
// only process-wide state we keep (beside the allocator): a log line must be possible from
// anywhere. No field may hold a password, token or key material. Any thread.
#pragma once

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
void write(Level level, std::string_view event, std::initializer_list<Field> fields);

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

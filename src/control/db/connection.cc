#include "control/db/connection.h"

#include <utility>

namespace cachery::control::db {
namespace {

// How many bytes the UTF-8 character at the front has; 0 when it is none that PostgreSQL keeps.
size_t character_bytes(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead == 0) return 0;
  if (lead < 0x80) return 1;
  const size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies past the last code point.
  if (lead == 0xe0 && byte(1) < 0xa0) return 0;
  if (lead == 0xed && byte(1) > 0x9f) return 0;
  if (lead == 0xf0 && byte(1) < 0x90) return 0;
  if (lead == 0xf4 && byte(1) > 0x8f) return 0;
  return size;
}

bool is_storable_text(std::string_view text) {
  while (!text.empty()) {
    const size_t size = character_bytes(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace

Statement Connection::prepare(std::string_view sql) { return {*this, sql}; }

Statement& Statement::add(Value value) {
  values_->push_back(std::move(value));
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  if (!is_storable_text(text) && !bind_failure_) {
    bind_failure_ = Error{Fault::invalid, "a text is not UTF-8, or holds a zero byte: mend it"};
  }
  return add(std::string(text));
}

Result<bool> Statement::step() {
  column_ = 0;
  if (!rows_) {
    if (bind_failure_) return failed(*bind_failure_);
    auto rows = connection_->execute(sql_, *values_);
    if (!rows) return failed(rows.error());
    rows_ = std::move(*rows);
  }
  auto has_row = rows_->next();
  if (!has_row) return failed(has_row.error());
  return has_row;
}

Status Statement::run() {
  const auto counted = run_counted();
  if (!counted) return std::unexpected(counted.error());
  return {};
}

Result<uint64_t> Statement::run_counted() {
  for (;;) {
    const auto has_row = step();
    if (!has_row) return std::unexpected(has_row.error());
    if (*has_row) continue;
    const uint64_t changed_count = rows_->changed_count();
    rows_.reset();
    return changed_count;
  }
}

std::optional<int64_t> Statement::optional_integer() {
  const int column = column_++;
  if (rows_->is_null(column)) return std::nullopt;
  return rows_->integer(column);
}

std::optional<double> Statement::optional_real() {
  const int column = column_++;
  if (rows_->is_null(column)) return std::nullopt;
  return rows_->real(column);
}

std::optional<std::string> Statement::optional_text() {
  const int column = column_++;
  if (rows_->is_null(column)) return std::nullopt;
  return rows_->bytes(column);
}

std::unexpected<Error> Statement::failed(Error error) {
  rows_.reset();
  if (!connection_->failure_) connection_->failure_ = error;
  return std::unexpected(std::move(error));
}

}  // namespace cachery::control::db

#include "control/db/postgresql_sql.h"

#include <cctype>

namespace cachery::control::db {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool has_word_at(std::string_view sql, size_t at, std::string_view word) {
  const size_t end = at + word.size();
  return sql.substr(at, word.size()) == word && (at == 0 || !is_word(sql[at - 1])) &&
         (end == sql.size() || !is_word(sql[end]));
}

// What stands at `from`: how many characters of the text are left as they are, because they are a
// quotation or a comment. 0 where neither begins.
size_t untouched_bytes(std::string_view sql, size_t from) {
  const auto up_to = [&](char end) {
    const size_t at = sql.find(end, from + 1);
    return (at == std::string_view::npos ? sql.size() : at + 1) - from;
  };
  if (sql[from] == '\'' || sql[from] == '"') return up_to(sql[from]);
  if (sql.substr(from, 2) == "--") return up_to('\n');
  return 0;
}

}  // namespace

std::string with_numbered_values(std::string_view sql) {
  std::string out;
  int number = 0;
  for (size_t at = 0; at < sql.size();) {
    if (const size_t size = untouched_bytes(sql, at); size != 0) {
      out += sql.substr(at, size);
      at += size;
    } else if (sql[at] == '?') {
      out += '$' + std::to_string(++number);
      ++at;
    } else {
      out += sql[at++];
    }
  }
  return out;
}

std::string with_bytea(std::string_view sql) {
  constexpr std::string_view kBlob = "BLOB";
  std::string out;
  for (size_t at = 0; at < sql.size();) {
    if (const size_t size = untouched_bytes(sql, at); size != 0) {
      out += sql.substr(at, size);
      at += size;
    } else if (has_word_at(sql, at, kBlob)) {
      out += "BYTEA";
      at += kBlob.size();
    } else {
      out += sql[at++];
    }
  }
  return out;
}

}  // namespace cachery::control::db

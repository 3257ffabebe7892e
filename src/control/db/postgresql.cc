#include "control/db/postgresql.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <unordered_map>

#include "base/check.h"
#include "base/log.h"
#include "control/db/postgresql_sql.h"

namespace cachery::control::db {
namespace {

constexpr const char* kConnectTimeoutSeconds = "5";
// The server gives a statement up after 10 s, a writer's turn after 2 s as SQLite does. If the
// server has not answered after 12 s it never will.
constexpr auto kAnswerTimeout = std::chrono::seconds(12);
constexpr const char* kSettings =
    "SET statement_timeout = '10s'; SET lock_timeout = '2s'; SET client_encoding = 'UTF8'; "
    "SET idle_in_transaction_session_timeout = '60s'; SET synchronous_commit = on; "
    "SET standard_conforming_strings = on; SET bytea_output = hex; SET client_min_messages = "
    "error;";
// The lock is of a schema: installations that share a database do not wait for each other.
constexpr const char* kBeginWrite =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; "
    "SELECT pg_advisory_xact_lock(hashtextextended('cachery ' || current_schema(), 0))";
constexpr const char* kBeginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
constexpr Oid kBytea = 17;

using Answer = std::unique_ptr<PGresult, decltype([](PGresult* one) { PQclear(one); })>;

struct State {
  std::string_view prefix;  // of the SQLSTATE
  Fault fault;
  std::string_view advice;
};
constexpr auto kStates = std::to_array<State>({
    {"23", Fault::conflict, "nothing was changed"},
    {"55P03", Fault::unavailable, "another process holds it, try again"},
    {"40", Fault::unavailable, "another process was in the way, try again"},
    {"57014", Fault::unavailable, "it took too long, try again when the server is less busy"},
    {"57", Fault::unavailable, "the server is stopping or starting, try again"},
    {"53100", Fault::unavailable, "free some space on the server's disk and try again"},
    {"53", Fault::unavailable, "the server is at a limit of its own: raise it, or try again"},
    {"58", Fault::unavailable, "check the server's disk and log"},
    {"08", Fault::unavailable, "check that the server runs, and try again"},
    {"25006", Fault::unavailable, "it may only be read: name the primary server with --database"},
    {"28", Fault::unavailable, "check user and password of --database"},
    {"3D", Fault::unavailable, "create the database, or name another with --database"},
    {"42501", Fault::unavailable, "give the user of --database its rights"},
    {"XX", Fault::internal, "check the server's log, put back a backup if it is damaged"},
    {"", Fault::internal, "nothing was changed"},
});

// libpq's texts have several lines.
std::string one_line(std::string_view text) {
  std::string line(text.substr(0, text.find_last_not_of("\n ") + 1));
  std::ranges::replace(line, '\n', ' ');
  return line;
}

std::unexpected<Error> vanished(std::string_view what) {
  return fail(Fault::unavailable,
              fmt::format("the database does not answer: {}: check that the server runs, and try "
                          "again",
                          what));
}

// Without the detail and the statement, which hold values.
std::unexpected<Error> failure(const PGresult* answer) {
  const char* state = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
  if (state == nullptr) return vanished(one_line(PQresultErrorMessage(answer)));
  const auto row = std::ranges::find_if(
      kStates, [&](const State& one) { return std::string_view(state).starts_with(one.prefix); });
  if (row->fault == Fault::conflict) {  // its twin in sqlite.cc says why
    log::error("constraint_broken",
               {{"detail", fmt::format("{} ({})", one_line(message ? message : ""), state)}});
    return fail(row->fault,
                "something else has this already, or still needs it: nothing was changed");
  }
  return fail(row->fault, fmt::format("the database does not answer: {} ({}): {}",
                                      one_line(message ? message : ""), state, row->advice));
}

bool is_failure(const PGresult* answer) {
  const ExecStatusType status = PQresultStatus(answer);
  return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY;
}

// Values in the shape that libpq takes them: numbers and texts as text, blobs as they are.
struct Parameters {
  explicit Parameters(std::span<const Value> values) {
    texts.reserve(values.size());
    for (const Value& value : values) add(value);
  }

  void add(const Value& value) {
    if (const auto* blob = std::get_if<Blob>(&value)) return push(&blob->bytes, 1);
    if (const auto* text = std::get_if<std::string>(&value)) return push(text, 0);
    if (const auto* integer = std::get_if<int64_t>(&value)) {
      return push(&texts.emplace_back(std::to_string(*integer)), 0);
    }
    if (const auto* real = std::get_if<double>(&value)) {
      return push(&texts.emplace_back(fmt::format("{}", *real)), 0);
    }
    push(nullptr, 0);
  }

  void push(const std::string* bytes, int format) {
    firsts.push_back(bytes ? bytes->c_str() : nullptr);
    sizes.push_back(bytes ? static_cast<int>(bytes->size()) : 0);
    formats.push_back(format);
  }

  std::vector<std::string> texts;
  std::vector<const char*> firsts;
  std::vector<int> sizes;
  std::vector<int> formats;
};

// "\x00ff" as bytes.
std::string bytes_of_hex(std::string_view hex) {
  std::string bytes;
  for (size_t at = 2; at + 1 < hex.size(); at += 2) {
    uint8_t byte = 0;
    std::from_chars(hex.data() + at, hex.data() + at + 2, byte, 16);
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

// All rows are here already: nothing more can fail.
class PostgresqlRows final : public Rows {
 public:
  explicit PostgresqlRows(Answer answer) : answer_(std::move(answer)) {}

  Result<bool> next() override { return ++row_ < PQntuples(answer_.get()); }
  bool is_null(int column) const override { return PQgetisnull(answer_.get(), row_, column) == 1; }
  int64_t integer(int column) const override {
    const std::string_view text = value(column);
    int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }
  double real(int column) const override {
    return std::strtod(PQgetvalue(answer_.get(), row_, column), nullptr);
  }
  std::string bytes(int column) const override {
    if (PQftype(answer_.get(), column) == kBytea) return bytes_of_hex(value(column));
    return std::string(value(column));
  }
  uint64_t changed_count() const override {
    return std::strtoull(PQcmdTuples(answer_.get()), nullptr, 10);
  }

 private:
  std::string_view value(int column) const {
    return {PQgetvalue(answer_.get(), row_, column),
            static_cast<size_t>(PQgetlength(answer_.get(), row_, column))};
  }

  Answer answer_;
  int row_ = -1;
};

bool has_begun(const Ending* ending) { return ending != nullptr && ending->has_begun(); }

// What the address says, or kConnectTimeoutSeconds.
std::chrono::seconds connect_timeout_of(PGconn* handle) {
  using Options = std::unique_ptr<PQconninfoOption,
                                  decltype([](PQconninfoOption* one) { PQconninfoFree(one); })>;
  const Options options(PQconninfo(handle));
  for (const PQconninfoOption* one = options.get(); one && one->keyword; ++one) {
    if (std::string_view(one->keyword) == "connect_timeout" && one->val) {
      return std::chrono::seconds(std::strtol(one->val, nullptr, 10));
    }
  }
  return {};
}

// As PQconnectdbParams does, but for the end of the process.
void wait_for_connection(PGconn* handle, const Ending* ending) {
  const auto timeout = connect_timeout_of(handle);
  const auto until = std::chrono::steady_clock::now() + timeout;
  PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;
  while (wanted == PGRES_POLLING_READING || wanted == PGRES_POLLING_WRITING) {
    const bool is_late = timeout.count() > 0 && std::chrono::steady_clock::now() > until;
    if (is_late || has_begun(ending)) return;
    const short events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    pollfd socket{PQsocket(handle), events, 0};
    if (::poll(&socket, 1, static_cast<int>(Ending::kLookPeriod.count())) == 0) continue;
    wanted = PQconnectPoll(handle);
  }
}

// Of several servers each has the whole time, which libpq alone can give: it waits by itself then.
PGconn* start_connection(const std::string& address, const Ending* ending) {
  // What stands before dbname are defaults, which the address may override.
  const std::array<const char*, 5> keys = {"connect_timeout", "tcp_user_timeout",
                                           "fallback_application_name", "dbname", nullptr};
  const std::array<const char*, 5> values = {kConnectTimeoutSeconds, "12000", "cachery",
                                             address.c_str(), nullptr};
  constexpr int kDbnameIsAnAddress = 1;
  if (address.find(',') != std::string::npos) {
    return PQconnectdbParams(keys.data(), values.data(), kDbnameIsAnAddress);
  }
  PGconn* const handle = PQconnectStartParams(keys.data(), values.data(), kDbnameIsAnAddress);
  if (handle != nullptr && PQstatus(handle) != CONNECTION_BAD) wait_for_connection(handle, ending);
  return handle;
}

class Postgresql final : public Connection {
 public:
  Postgresql(PGconn* handle, const Ending* ending) : handle_(handle), ending_(ending) {
    PQsetnonblocking(handle, 1);
  }
  ~Postgresql() override { PQfinish(handle_); }
  Postgresql(const Postgresql&) = delete;
  Postgresql& operator=(const Postgresql&) = delete;

  Status run(const std::string& sql) override;
  Status begin(Access access) override;
  Status commit() override;
  void rollback() override;
  bool is_lost() const override { return is_lost_ || PQstatus(handle_) == CONNECTION_BAD; }

 private:
  Result<std::unique_ptr<Rows>> execute(std::string_view sql,
                                        std::span<const Value> values) override;
  Result<std::string> prepared_name(std::string_view sql);
  // What was sent: 1 as libpq says it. The last answer, or the first that is a failure.
  Result<Answer> answer(int sent);
  Status wait_for_answer(std::chrono::steady_clock::time_point until);

  PGconn* handle_;
  const Ending* const ending_;  // null: it is not told
  bool is_lost_ = false;
  std::unordered_map<std::string, std::string> prepared_;  // a statement's text -> its name
};

Status Postgresql::run(const std::string& sql) {
  const auto done = answer(PQsendQuery(handle_, with_bytea(sql).c_str()));
  if (!done) return std::unexpected(done.error());
  return {};
}

Status Postgresql::begin(Access access) {
  return run(access == Access::write ? kBeginWrite : kBeginRead);
}

// A transaction that the server had given up is rolled back by a COMMIT, without an error.
Status Postgresql::commit() {
  const auto done = answer(PQsendQuery(handle_, "COMMIT"));
  if (!done && is_lost()) {
    return fail(done.error().fault, done.error().detail +
                                        "; it vanished while it saved a change: look whether the "
                                        "change is there before you make it again");
  }
  if (!done) return std::unexpected(done.error());
  if (std::string_view(PQcmdStatus(done->get())) == "COMMIT") return {};
  return fail(Fault::internal, "the database gave the transaction up: nothing was changed");
}

void Postgresql::rollback() {
  if (is_lost() || PQtransactionStatus(handle_) == PQTRANS_IDLE) return;
  if (!run("ROLLBACK")) is_lost_ = true;
}

Result<std::string> Postgresql::prepared_name(std::string_view sql) {
  const std::string text(sql);
  if (const auto known = prepared_.find(text); known != prepared_.end()) return known->second;
  const std::string name = fmt::format("s{}", prepared_.size());
  const auto done =
      answer(PQsendPrepare(handle_, name.c_str(), with_numbered_values(sql).c_str(), 0, nullptr));
  if (!done) return std::unexpected(done.error());
  prepared_.emplace(text, name);
  return name;
}

Result<std::unique_ptr<Rows>> Postgresql::execute(std::string_view sql,
                                                  std::span<const Value> values) {
  const auto name = prepared_name(sql);
  if (!name) return std::unexpected(name.error());
  const Parameters parameters(values);
  constexpr int kTextAnswers = 0;
  auto done = answer(PQsendQueryPrepared(handle_, name->c_str(), static_cast<int>(values.size()),
                                         parameters.firsts.data(), parameters.sizes.data(),
                                         parameters.formats.data(), kTextAnswers));
  if (!done) return std::unexpected(done.error());
  return std::make_unique<PostgresqlRows>(std::move(*done));
}

Result<Answer> Postgresql::answer(int sent) {
  const auto until = std::chrono::steady_clock::now() + kAnswerTimeout;
  Answer last;
  if (sent != 1) is_lost_ = true;
  while (!is_lost_) {
    if (auto waited = wait_for_answer(until); !waited) {
      is_lost_ = true;
      return std::unexpected(waited.error());
    }
    Answer next(PQgetResult(handle_));
    if (!next) break;
    if (!last || !is_failure(last.get())) last = std::move(next);
  }
  if (!last) {
    is_lost_ = true;
    return vanished(one_line(PQerrorMessage(handle_)));
  }
  if (is_failure(last.get())) return failure(last.get());
  return last;
}

Status Postgresql::wait_for_answer(std::chrono::steady_clock::time_point until) {
  for (;;) {
    const int unsent = PQflush(handle_);
    if (unsent < 0) return vanished(one_line(PQerrorMessage(handle_)));
    if (unsent == 0 && PQisBusy(handle_) == 0) return {};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return vanished("no answer came in time");
    if (has_begun(ending_)) return vanished("the process ends");
    const short events = static_cast<short>(unsent == 1 ? POLLIN | POLLOUT : POLLIN);
    pollfd socket{PQsocket(handle_), events, 0};
    ::poll(&socket, 1, static_cast<int>(std::min(left, Ending::kLookPeriod).count()));
    if ((socket.revents & ~POLLOUT) != 0 && PQconsumeInput(handle_) == 0) {
      return vanished(one_line(PQerrorMessage(handle_)));
    }
  }
}

}  // namespace

bool is_postgresql(std::string_view database) {
  return database.starts_with("postgresql://") || database.starts_with("postgres://");
}

Result<std::unique_ptr<Connection>> open_postgresql(const std::string& address,
                                                    const Ending* ending) {
  PGconn* const handle = start_connection(address, ending);
  CHECK(handle != nullptr);
  auto opened = std::make_unique<Postgresql>(handle, ending);
  if (PQstatus(handle) != CONNECTION_OK) {
    const std::string said = one_line(PQerrorMessage(handle));
    return fail(Fault::unavailable,
                fmt::format("cannot connect to the database: {}: check --database and that the "
                            "server runs",
                            said.empty() ? "no answer came in time" : said));
  }
  if (auto set = opened->run(kSettings); !set) return std::unexpected(set.error());
  return opened;
}

}  // namespace cachery::control::db

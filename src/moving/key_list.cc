#include "moving/key_list.h"

#include <fmt/format.h>

#include <thread>

namespace cachery::moving {

namespace {

using net::LineStream;
using std::chrono::steady_clock;

constexpr std::string_view kFull = "the temporary file for the keys is full";

}  // namespace

Result<KeyList> KeyList::read(const Server& from, const DumpPatience& patience) {
  const auto busy_until = steady_clock::now() + patience.busy;
  for (;;) {
    KeyList list(std::tmpfile());
    if (list.file_ == nullptr) {
      return fail(Fault::exhausted, "cannot make a temporary file for the keys");
    }
    const auto told = list.take_dump(from, patience);
    if (!told) return std::unexpected(told.error());
    if (*told == Told::end) {
      if (fflush(list.file_.get()) != 0) return fail(Fault::exhausted, std::string(kFull));
      rewind(list.file_.get());
      return list;
    }
    if (steady_clock::now() >= busy_until) {
      return fail(Fault::unavailable,
                  fmt::format("{} is still busy with another crawl of its keys: try again later",
                              from.address));
    }
    std::this_thread::sleep_for(patience.busy_pause);
  }
}

Result<KeyList::Told> KeyList::take_dump(const Server& from, const DumpPatience& patience) {
  auto stream = open_server(from, patience.silent);
  if (!stream) return std::unexpected(stream.error());
  if (const Status sent = stream->send("lru_crawler metadump all\r\n"); !sent) {
    return std::unexpected(sent.error());
  }
  stream->set_patience(patience.quiet);
  for (bool has_asked = false;;) {
    const auto line = stream->read_line();
    if (line) {
      const auto told = take(*line, from, has_asked);
      if (!told || *told != Told::more) return told;
    } else if (!has_asked && stream->send("version\r\n")) {
      has_asked = true;
      stream->set_patience(patience.silent);
    } else if (keys_ == 0) {
      return std::unexpected(line.error());
    } else {
      return Told::end;
    }
  }
}

Result<KeyList::Told> KeyList::take(std::string_view line, const Server& from, bool has_asked) {
  if (line.starts_with("key=")) {
    if (fprintf(file_.get(), "%.*s\n", static_cast<int>(line.size()), line.data()) < 0) {
      return fail(Fault::exhausted, std::string(kFull));
    }
    ++keys_;
    return Told::more;
  }
  if (line == "OK") return Told::more;
  if (line.starts_with("BUSY") || line.starts_with("ERROR locked")) return Told::busy;
  // NOTSTARTED: there are no items. The answer about the version may be an error.
  if (!has_asked && line != "END" && !line.starts_with("NOTSTARTED")) {
    return fail(Fault::invalid, fmt::format("{} does not tell its keys (lru_crawler metadump): {}",
                                            from.address, line));
  }
  is_whole_ = true;
  return Told::end;
}

std::optional<DumpedKey> KeyList::next() {
  char line[LineStream::kLineBytesMax + 2];
  if (fgets(line, sizeof line, file_.get()) == nullptr) return std::nullopt;
  std::string_view text(line);
  if (text.ends_with('\n')) text.remove_suffix(1);
  return parse_dump_line(text).value_or(DumpedKey{});
}

}  // namespace cachery::moving

#include "differences.h"

#include <fmt/format.h>

#include <set>

namespace cachery::conversation {
namespace {

// The first cell of a table's row; empty for any other line and for the head of a table.
std::string_view first_cell(std::string_view line) {
  if (!line.starts_with("| ")) return {};
  const std::string_view cell = line.substr(2, line.find(" |", 2) - 2);
  return cell == "conversation" || cell == "---" ? std::string_view() : cell;
}

std::set<std::string, std::less<>> documented_titles(std::string_view page) {
  std::set<std::string, std::less<>> titles;
  while (!page.empty()) {
    const std::size_t end = std::min(page.find('\n'), page.size() - 1);
    const std::string_view cell = first_cell(page.substr(0, end));
    if (!cell.empty()) titles.emplace(cell);
    page.remove_prefix(end + 1);
  }
  return titles;
}

}  // namespace

std::vector<std::string> find_undocumented(const std::vector<Conversation>& conversations,
                                           std::string_view page) {
  std::set<std::string, std::less<>> documented = documented_titles(page);
  std::set<std::string, std::less<>> marked;
  std::vector<std::string> missing;
  for (const Conversation& conversation : conversations) {
    if (conversation.why_only_us.empty() && conversation.differs.empty()) continue;
    const std::string place = fmt::format("{}:{}", conversation.file, conversation.line);
    if (!marked.insert(conversation.title).second) {
      missing.push_back(fmt::format("{}: another has the title \"{}\"", place, conversation.title));
    } else if (!documented.contains(conversation.title)) {
      missing.push_back(fmt::format("{}: \"{}\" differs from upstream and the page does not say so",
                                    place, conversation.title));
    }
  }
  for (const std::string& title : documented) {
    if (marked.contains(title)) continue;
    missing.push_back(fmt::format("the page names \"{}\", which no conversation is marked", title));
  }
  return missing;
}

}  // namespace cachery::conversation

#include "bench/storms/flags.h"

#include <cstdlib>
#include <string_view>

namespace cachery::bench {

Result<Flags> Flags::read(int argc, char** argv, std::map<std::string, std::string> defaults) {
  Flags flags;
  for (auto& [name, value] : defaults) flags.values_[name] = {value};
  for (int i = 1; i < argc; i += 2) {
    const std::string_view word = argv[i];
    const auto at = word.starts_with("--") ? flags.values_.find(std::string(word.substr(2)))
                                           : flags.values_.end();
    if (at == flags.values_.end() || i + 1 == argc) {
      std::string known;
      for (const auto& [name, value] : defaults) known += " --" + name;
      return fail(Fault::invalid,
                  "what is " + std::string(word) + "? There are" + known + ", each with a value");
    }
    at->second.emplace_back(argv[i + 1]);
  }
  return flags;
}

std::vector<std::string> Flags::all(const std::string& name) const {
  const std::vector<std::string>& values = values_.at(name);
  return {values.begin() + 1, values.end()};
}

double Flags::number(const std::string& name) const {
  return std::strtod(text(name).c_str(), nullptr);
}

Endpoint endpoint_of(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return {.host = text, .port = "11211"};
  return {.host = text.substr(0, colon), .port = text.substr(colon + 1)};
}

Login login_of(const std::string& text) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos) return {.username = text, .password = {}};
  return {.username = text.substr(0, colon), .password = text.substr(colon + 1)};
}

}  // namespace cachery::bench

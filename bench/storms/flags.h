// The command line of the programs in this folder: `--name value` pairs with defaults, each name as
// often as it is said. A library's parser would be more than the programs around it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "bench/client_socket.h"

namespace cachery::bench {

class Flags {
 public:
  // `defaults` names every flag that there is.
  [[nodiscard]] static Result<Flags> read(int argc, char** argv,
                                          std::map<std::string, std::string> defaults);

  // The last value said, or the default.
  const std::string& text(const std::string& name) const { return values_.at(name).back(); }
  // Every value said, without the default.
  std::vector<std::string> all(const std::string& name) const;
  // 0 for what is no number.
  double number(const std::string& name) const;
  size_t count(const std::string& name) const { return static_cast<size_t>(number(name)); }

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

// "host:port", "username:password".
Endpoint endpoint_of(const std::string& text);
Login login_of(const std::string& text);

}  // namespace cachery::bench

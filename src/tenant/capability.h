// What a credential may do with its cache. Reading needs none of them.
#pragma once

namespace cachery::tenant {

struct Capabilities {
  bool write = true;  // change items: set … delete, incr, touch, gat
  bool flush = true;  // flush the whole cache
  bool api = true;    // use the HTTP API of the cache

  bool operator==(const Capabilities&) const = default;
};

}  // namespace cachery::tenant

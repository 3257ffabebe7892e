#include "data_plane.h"

namespace cachery {

Result<std::unique_ptr<DataPlane>> DataPlane::open(const Settings&, const std::filesystem::path&) {
  return fail(Fault::unavailable, "this build has no cache node yet: nothing can be served");
}

}  // namespace cachery

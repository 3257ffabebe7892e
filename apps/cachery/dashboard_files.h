// The dashboard, as web/build has built it into this executable. The table is generated
// (build/web/embed), the bytes are one piece of read-only memory.
#pragma once

#include <span>

#include "http/pages.h"

namespace cachery {

std::span<const http::PageFile> dashboard_files();

}  // namespace cachery

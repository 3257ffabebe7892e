// /activity of the admin API: what each cache that the caller may see did in the last hour, in
// steps of five minutes, what it does now, and how many of its alerts fire. The list of caches
// shows it: one request for all rows and not one a row.
#pragma once

#include <vector>

#include "api/admin.h"
#include "base/clock.h"
#include "control/store.h"

namespace cachery::api {

// All must outlive the rows.
std::vector<AdminRow> activity_rows(const control::Caches& caches, control::Store& store,
                                    const Clock& clock);

}  // namespace cachery::api

// Numbers in queries: ?limit= and ?before= of a list that grows at its front. What is wrong is told
// with its bounds.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "http/description.h"
#include "http/message.h"

namespace cachery::api {

struct PageQuery {
  uint64_t before = 0;  // 0: from the newest on
  uint32_t limit = 100;
};

// Nothing when the query has no `name`. invalid: it is not a number from `least` to `most`.
[[nodiscard]] Result<std::optional<uint64_t>> query_number(const http::Request& request,
                                                           std::string_view name, uint64_t least,
                                                           uint64_t most);
// invalid: one of them is not a number, or `limit` is 0 or above `limit_max`.
[[nodiscard]] Result<PageQuery> page_query(const http::Request& request, uint32_t limit_max);
http::Description with_page(http::Description description, uint32_t limit_max);

}  // namespace cachery::api

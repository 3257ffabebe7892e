#include "api/page_query.h"

#include <fmt/format.h>

#include "api/query.h"

namespace cachery::api {

Result<std::optional<uint64_t>> query_number(const http::Request& request, std::string_view name,
                                             uint64_t least, uint64_t most) {
  const auto value = query_value(request, name);
  if (!value) return std::nullopt;
  const auto number = parse_number(*value);
  if (number && *number >= least && *number <= most) return number;
  return fail(Fault::invalid, fmt::format("{} is \"{}\": give a number from {} to {}", name,
                                          value->substr(0, 64), least, most));
}

Result<PageQuery> page_query(const http::Request& request, uint32_t limit_max) {
  PageQuery page;
  const auto limit = query_number(request, "limit", 1, limit_max);
  if (!limit) return std::unexpected(limit.error());
  if (*limit) page.limit = static_cast<uint32_t>(**limit);
  // Ids are signed in the database.
  const auto before = query_number(request, "before", 1, INT64_MAX);
  if (!before) return std::unexpected(before.error());
  page.before = before->value_or(0);
  return page;
}

http::Description with_page(http::Description description, uint32_t limit_max) {
  return std::move(description)
      .with_query("before", http::schema::integer(1))
      .with_query("limit", http::schema::integer(1, limit_max));
}

}  // namespace cachery::api

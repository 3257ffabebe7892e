// A transaction that has a result: Store's work can only succeed or fail, and most reads and many
// changes are there for what they find. `work` takes Records& and returns a Result or a Status.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "control/store.h"

namespace cachery::control {

template <typename Work>
using WorkResult = std::invoke_result_t<Work, Records&>;

namespace transaction_detail {

template <typename Work, typename Run>
WorkResult<Work> run(Work& work, Run run_in_store) {
  std::optional<WorkResult<Work>> result;
  const Status done = run_in_store([&](Records& records) -> Status {
    result.emplace(work(records));
    if (!*result) return std::unexpected(result->error());
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return std::move(*result);
}

}  // namespace transaction_detail

template <typename Work>
WorkResult<Work> write(Store& store, Work work) {
  return transaction_detail::run(work, [&](const Store::Work& once) { return store.write(once); });
}

template <typename Work>
WorkResult<Work> read(Store& store, Work work) {
  return transaction_detail::run(work, [&](const Store::Work& once) { return store.read(once); });
}

}  // namespace cachery::control

// How an amount in minor units (cents) is written: plainly, with a point and as many decimals as
// its currency has (ISO 4217). Signs and separators of thousands are for whoever shows it to people
// of one country.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace cachery::control {

// invalid: anything but three capital letters. That the currency exists is not looked up.
[[nodiscard]] Status check_currency(std::string_view code);
// Decimals of its minor unit: 2 but for a few.
int decimals_of(std::string_view code);
// "12.05" for 1205 of a currency with two decimals, "1205" with none.
std::string format_minor(int64_t amount_minor, std::string_view code);

}  // namespace cachery::control

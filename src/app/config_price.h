// Decimal dollars as integers of pico-dollars, digit by digit: no floating point, nothing rounded.
#pragma once

#include <string_view>

#include "base/error.h"
#include "base/money.h"

namespace stargate::app {

// "0.000003", "3e-06", ".0000008", "1.5E-5". Errors: kBadRequest for what is not a decimal number, is negative, has
// more than twelve decimals (it would have to be rounded) or is above $1,000 per token.
Result<base::PicoUsd> parse_dollars_per_token(std::string_view text);

}  // namespace stargate::app

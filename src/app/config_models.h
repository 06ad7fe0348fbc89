// model_list, entry by entry.
#pragma once

#include <map>
#include <string>

#include "app/config.h"
#include "app/config_reader.h"

namespace stargate::app {

// credential_list: name -> its credential_values.
using NamedCredentials = std::map<std::string, const YamlNode*, std::less<>>;

// Fills config.models with the entries that can be served; reports the others.
void read_model_list(const Reading& reading, const YamlNode& list, const NamedCredentials& credentials, Config& config);

// Prices of one map (litellm_params or model_info) over what `prices` holds already: what is there stays.
void read_prices(MapReader& params, PriceOverrides& prices);

}  // namespace stargate::app

#include "app/config_aws.h"

#include <set>
#include <string>
#include <utility>

#include "aws/endpoint.h"
#include "aws/environment.h"
#include "codec/uri.h"

namespace stargate::app {
namespace {

// One pass over the deployments; every complaint about a profile is made once, however many deployments use it.
class ProfileReader {
 public:
  ProfileReader(const aws::SharedConfig& files, Config& config, std::vector<Problem>& problems)
      : files_(files),
        config_(config),
        problems_(problems),
        environment_(config.environment.begin(), config.environment.end()) {}

  void fill() {
    bool guessed = false;
    for (ModelEntry& entry : config_.models) {
      const std::string profile = aws::active_profile(entry.credentials.profile, environment_);
      fill_endpoint(profile, entry);
      fill_region(profile, entry);
      guessed = guessed || entry.region.empty();
    }
    if (!guessed) return;
    problems_.push_back({Severity::kWarning,
                         {},
                         0,
                         0,
                         "stargate.region",
                         "no region is configured; " + std::string(kDefaultRegion) + " is used",
                         "AWS_REGION=<region>, stargate.region, aws_region_name of a deployment, or region of the "
                         "AWS profile"});
  }

 private:
  void fill_endpoint(const std::string& profile, ModelEntry& entry) {
    if (!entry.endpoint.empty()) return;
    std::string url = aws::endpoint_override("bedrock_runtime", environment_, files_, profile);
    // A bad URL of the environment has been reported where the environment is read.
    const auto parsed = codec::parse_url(url);
    if (!url.empty() && !parsed && url == file_endpoint(profile)) {
      complain(profile, "endpoint_url", parsed.error().message, "http(s)://host[:port]");
    }
    if (!parsed) url.clear();
    entry.default_endpoint = std::move(url);
  }

  // What the files alone say.
  std::string file_endpoint(const std::string& profile) const {
    return aws::endpoint_override("bedrock_runtime", {}, files_, profile);
  }

  void fill_region(const std::string& profile, ModelEntry& entry) {
    if (!entry.region.empty()) return;
    if (!config_.default_region.empty()) {
      entry.region = config_.default_region;
      return;
    }
    std::string region(files_.setting(profile, "region"));
    if (region.empty()) return;
    if (!aws::plausible_region(region)) {
      complain(profile, "region", "'" + region + "' is no AWS region", "a name such as us-east-1");
      return;
    }
    entry.region = std::move(region);
  }

  void complain(const std::string& profile, std::string_view setting, std::string message, std::string instead) {
    std::string key = "AWS profile " + profile + ": " + std::string(setting);
    if (!told_.insert(key).second) return;
    problems_.push_back({Severity::kError, {}, 0, 0, std::move(key), std::move(message), std::move(instead)});
  }

  const aws::SharedConfig& files_;
  Config& config_;
  std::vector<Problem>& problems_;
  const aws::Environment environment_;
  std::set<std::string> told_;
};

}  // namespace

void apply_shared_config(const aws::SharedConfig& files, Config& config, std::vector<Problem>& problems) {
  ProfileReader(files, config, problems).fill();
}

}  // namespace stargate::app

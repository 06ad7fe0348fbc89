// read_upstream_error and upstream_exception of lane.h for Bedrock. Sources: botocore's bedrock-runtime model (which
// exception has which status), AWS restJson1 "Operation error serialization" (where the type stands).
#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include "base/error.h"
#include "codec/json.h"
#include "llm/lane/lane.h"

namespace stargate::llm {

namespace json = codec::json;

namespace {

constexpr std::size_t kMessageBytesMax = 8 * 1024;
constexpr std::size_t kErrorBodyBytesMax = std::size_t{1024} * 1024;
constexpr std::size_t kAccountDigits = 12;
constexpr int kRetryAfterMax_s = 3600;

// How one exception is told to the client.
struct Rule {
  std::string_view type;
  ErrorCode code;
  Retry retry;
};

constexpr std::array kRules = {
    Rule{"AccessDeniedException", ErrorCode::kForbidden, Retry::kNo},
    Rule{"NotAuthorized", ErrorCode::kForbidden, Retry::kNo},
    Rule{"FTUFormNotFilled", ErrorCode::kForbidden, Retry::kNo},
    Rule{"MPAgreementBeingCreated", ErrorCode::kUnavailable, Retry::kNo},
    Rule{"ValidationException", ErrorCode::kBadRequest, Retry::kNo},
    Rule{"ResourceNotFoundException", ErrorCode::kNotFound, Retry::kNo},
    Rule{"ThrottlingException", ErrorCode::kRateLimited, Retry::kYes},
    Rule{"TooManyRequestsException", ErrorCode::kRateLimited, Retry::kYes},
    Rule{"ServiceQuotaExceededException", ErrorCode::kRateLimited, Retry::kNo},
    Rule{"ModelNotReadyException", ErrorCode::kOverloaded, Retry::kYes},
    Rule{"ServiceUnavailableException", ErrorCode::kOverloaded, Retry::kYes},
    Rule{"ModelTimeoutException", ErrorCode::kGatewayTimeout, Retry::kNo},
    Rule{"ModelErrorException", ErrorCode::kBadGateway, Retry::kYes},
    Rule{"ModelStreamErrorException", ErrorCode::kBadGateway, Retry::kYes},
    Rule{"InternalServerException", ErrorCode::kBadGateway, Retry::kYes},
    Rule{"InternalFailure", ErrorCode::kBadGateway, Retry::kYes},
    Rule{"ConflictException", ErrorCode::kConflict, Retry::kNo},
    Rule{"UnknownOperationException", ErrorCode::kBadGateway, Retry::kNo},
};

// AWS refuses who the gateway is, not what the client asked: never a 401, which would send the client to look for a
// fault in its own key.
constexpr std::array<std::string_view, 12> kCredentialTypes = {"UnrecognizedClientException",
                                                               "InvalidSignatureException",
                                                               "ExpiredTokenException",
                                                               "InvalidClientTokenId",
                                                               "IncompleteSignature",
                                                               "IncompleteSignatureException",
                                                               "MissingAuthenticationToken",
                                                               "MissingAuthenticationTokenException",
                                                               "RequestExpired",
                                                               "SignatureDoesNotMatch",
                                                               "InvalidAccessKeyId",
                                                               "ExpiredToken"};

Rule rule_of_status(int status) {
  switch (status) {
    case 400: return {"", ErrorCode::kBadRequest, Retry::kNo};
    case 403: return {"", ErrorCode::kForbidden, Retry::kNo};
    case 404: return {"", ErrorCode::kNotFound, Retry::kNo};
    case 408: return {"", ErrorCode::kGatewayTimeout, Retry::kNo};
    case 409: return {"", ErrorCode::kConflict, Retry::kNo};
    case 413: return {"", ErrorCode::kTooLarge, Retry::kNo};
    case 422: return {"", ErrorCode::kBadRequest, Retry::kNo};
    case 429: return {"", ErrorCode::kRateLimited, Retry::kYes};
    case 503:
    case 529: return {"", ErrorCode::kOverloaded, Retry::kYes};
    case 504: return {"", ErrorCode::kGatewayTimeout, Retry::kYes};
    default: return {"", ErrorCode::kBadGateway, status >= 500 || status == 424 ? Retry::kYes : Retry::kNo};
  }
}

Rule rule_of(std::string_view type, int status) {
  const auto known = std::ranges::find_if(kRules, [type](const Rule& rule) { return rule.type == type; });
  return known != kRules.end() ? *known : rule_of_status(status);
}

// "aws.protocoltests#FooError:http://..." -> "FooError"
std::string trimmed_type(std::string_view type) {
  type = type.substr(0, type.find(':'));
  if (const auto hash = type.find('#'); hash != std::string_view::npos) type = type.substr(hash + 1);
  const bool name = std::ranges::all_of(type, [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '.' || byte == '_';
  });
  return name && type.size() <= 128 ? std::string(type) : std::string();
}

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

// Who runs the gateway is not the client's business: account ids and ARNs are blanked.
std::string masked(std::string_view text) {
  std::string out;
  out.reserve(std::min(text.size(), kMessageBytesMax));
  for (std::size_t at = 0; at < text.size() && out.size() < kMessageBytesMax;) {
    if (text.substr(at).starts_with("arn:aws")) {
      at = std::min(text.size(), text.find_first_of(" \t\r\n\"'`,;)]}<>", at));
      out += "[arn]";
      continue;
    }
    std::size_t digits = 0;
    while (at + digits < text.size() && is_digit(text[at + digits])) ++digits;
    if (digits == kAccountDigits) {
      out += "[account]";
    } else {
      out += text.substr(at, std::max<std::size_t>(digits, 1));
    }
    at += std::max<std::size_t>(digits, 1);
  }
  return out;
}

struct Words {
  std::string type;
  std::string message;
};

Words read_words(std::string_view body) {
  Words words;
  const auto document = json::Document::parse_copy(body.substr(0, kErrorBodyBytesMax));
  if (!document || !document->root().is_object()) return words;
  const json::Value root = document->root();
  for (const std::string_view name : {"code", "__type"}) {
    if (words.type.empty()) words.type = trimmed_type(root.text_at(name));
  }
  for (const std::string_view name : {"message", "Message", "errorMessage", "originalMessage", "detail"}) {
    if (words.message.empty()) words.message = root.text_at(name);
  }
  if (const auto inner = root.find("error"); inner && words.message.empty()) {
    words.message = inner->text_at("message");
  }
  return words;
}

bool is_credential_type(std::string_view type) {
  return std::ranges::find(kCredentialTypes, type) != kCredentialTypes.end();
}

// A wrong model id is in the gateway's configuration, but 404 is what makes clients talk about the model.
bool is_model_id_complaint(std::string_view message) {
  return message.find("on-demand throughput isn") != std::string_view::npos ||
         message.find("provided model identifier is invalid") != std::string_view::npos;
}

Error make_error(std::string type, std::string_view message, int status) {
  Error error;
  error.source = base::ErrorSource::kUpstream;
  error.upstream_status = status;
  if (is_credential_type(type) || (type.empty() && status == 401)) {
    error.code = ErrorCode::kBadGateway;
    error.message = "AWS refused the gateway's own credentials (" + (type.empty() ? std::string("401") : type) +
                    "). This is for the operator of the gateway; your key is fine.";
    error.type = std::move(type);
    return error;
  }
  const Rule rule = rule_of(type, status);
  error.code = rule.code;
  error.retry = rule.retry;
  if (error.code == ErrorCode::kBadRequest && is_model_id_complaint(message)) error.code = ErrorCode::kNotFound;
  // A day's quota is not back in a moment.
  if (error.code == ErrorCode::kRateLimited && message.find("per day") != std::string_view::npos) {
    error.retry = Retry::kNo;
  }
  error.message = masked(message);
  error.type = std::move(type);
  return error;
}

}  // namespace

Error read_upstream_error(const codec::http1::ResponseHead& head, std::string_view body) {
  Words words = read_words(body);
  if (std::string type = trimmed_type(head.headers.get("x-amzn-ErrorType")); !type.empty()) words.type = type;
  if (words.message.empty()) {
    words.message = "Bedrock answered " + std::to_string(head.status) +
                    (words.type.empty() ? std::string() : " (" + words.type + ")") +
                    (body.empty() ? " without a message" : " with a body that is not its error form");
  }
  Error error = make_error(std::move(words.type), words.message, head.status);
  const std::string_view wait = head.headers.get("retry-after");
  int seconds = 0;
  const auto parsed = std::from_chars(wait.data(), wait.data() + wait.size(), seconds);
  if (!wait.empty() && parsed.ec == std::errc() && parsed.ptr == wait.data() + wait.size() && seconds > 0) {
    error.retry_after_s = std::min(seconds, kRetryAfterMax_s);
  }
  return error;
}

Error upstream_exception(std::string_view type, std::string_view payload) {
  std::string name = trimmed_type(type);
  if (!name.empty() && name.front() >= 'a' && name.front() <= 'z') {
    name.front() = static_cast<char>(name.front() - 'a' + 'A');
  }
  Words words = read_words(payload);
  if (words.message.empty()) {
    words.message = "Bedrock ended the stream with " + (name.empty() ? std::string("an exception") : name);
  }
  // As the first frame it is a refusal like one by status: what it complains of can be learned.
  const int status = name == "ValidationException" ? 400 : 0;
  return make_error(std::move(name), words.message, status);
}

}  // namespace stargate::llm

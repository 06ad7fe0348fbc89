#include "llm/grammar/openai_chat_parts.h"

#include <algorithm>
#include <array>
#include <string>

#include "codec/hash.h"
#include "llm/grammar/openai_chat_facts.h"

namespace stargate::llm::grammar {
namespace {

using codec::json::Document;
using codec::json::Value;

constexpr std::array<std::string_view, 4> kImageTypes = {"image/png", "image/jpeg", "image/gif", "image/webp"};
constexpr std::array<std::string_view, 5> kTextTypes = {"text/plain", "text/markdown", "text/csv", "text/html",
                                                        "application/json"};
// Blocks of Anthropic's own grammar that clients are known to mix into Chat bodies.
constexpr std::array<std::string_view, 5> kAnthropicTypes = {"image", "document", "tool_use", "tool_result",
                                                             "search_result"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view item) {
  return std::ranges::find(list, item) != list.end();
}

struct DataUri {
  std::string media_type;  // without parameters, lower case
  bool base64 = false;
  std::string_view data;
};

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// "data:image/png;base64,...": RFC 2397.
std::optional<DataUri> parse_data_uri(std::string_view text) {
  if (!text.starts_with("data:")) return std::nullopt;
  text.remove_prefix(5);
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const std::string_view head = text.substr(0, comma);
  return DataUri{.media_type = lower(head.substr(0, head.find(';'))),
                 .base64 = head.ends_with(";base64"),
                 .data = text.substr(comma + 1)};
}

// The image type that base64 data begins like; servers often call images application/octet-stream.
std::string_view sniffed_image_type(std::string_view base64) {
  if (base64.starts_with("iVBORw0KGgo")) return "image/png";
  if (base64.starts_with("/9j/")) return "image/jpeg";
  if (base64.starts_with("R0lGOD")) return "image/gif";
  if (base64.starts_with("UklGR")) return "image/webp";
  return {};
}

std::string normal_media_type(std::string type) {
  type = lower(type.substr(0, type.find(';')));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  if (type == "image/jpg") return "image/jpeg";
  // LiteLLM's `format` may be the bare ending of a file name.
  if (type == "png" || type == "jpeg" || type == "gif" || type == "webp") return "image/" + type;
  if (type == "jpg") return "image/jpeg";
  if (type == "pdf") return "application/pdf";
  if (type == "txt") return "text/plain";
  return type;
}

// What a file part needs to become a block.
struct Source {
  std::string media_type;
  ir::Escaped base64;  // needs no escaping
};

struct PartReader {
  Place place;
  const Files& files;
  ir::Request& request;
  std::vector<ir::Block>& out;

  Result<void> read(Value part);
  Result<void> read_file(Value part, bool image_only);
  Result<Source> source_of(Value reference, const std::string& format);
  Result<ir::Block> file_block(const Source& source, Value holder);
  Result<ir::Block> text_file(const Source& source, ir::Escaped title);
};

Result<Source> PartReader::source_of(Value reference, const std::string& format) {
  // A data URI without escapes, which is nearly all of them, is not copied.
  std::string_view text = reference.escaped();
  if (text.find('\\') != std::string_view::npos) text = request.keep(reference.text());
  if (text.starts_with("https://")) {
    const auto file = files.find(text);
    if (file == files.end()) return bad_member(place.text(), "the file at this URL was not fetched");
    std::string type = normal_media_type(format.empty() ? file->second.media_type : format);
    if (const std::string_view sniffed = sniffed_image_type(file->second.base64); !sniffed.empty()) type = sniffed;
    return Source{.media_type = std::move(type), .base64 = file->second.base64};
  }
  auto uri = parse_data_uri(text);
  if (!uri) return bad_member(place.text(), "must be an https URL or a data URI (data:<type>;base64,...)");
  if (!uri->base64) return bad_member(place.text(), "the data URI must be base64");
  if (uri->data.empty()) return bad_member(place.text(), "the data URI is empty");
  const auto odd = [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; };
  if (std::ranges::any_of(uri->data, odd)) return bad_member(place.text(), "the data URI is not base64");
  return Source{.media_type = normal_media_type(format.empty() ? uri->media_type : format), .base64 = uri->data};
}

Result<ir::Block> PartReader::text_file(const Source& source, ir::Escaped title) {
  const auto bytes = codec::base64_decode(source.base64);
  if (!bytes) return bad_member(place.text(), "the file's data is not base64");
  const std::string_view token = request.keep(codec::json::quoted(*bytes));
  if (!Document::parse_copy(token)) return bad_member(place.text(), "the file is not UTF-8 text");
  return ir::Block{.content = ir::File{.plain_text = true,
                                       .media_type = "text/plain",
                                       .data = token.substr(1, token.size() - 2),
                                       .title = title},
                   .cache_control = {}};
}

Result<ir::Block> PartReader::file_block(const Source& source, Value holder) {
  if (contains(kImageTypes, source.media_type)) {
    const std::string_view type = *std::ranges::find(kImageTypes, source.media_type);
    return ir::Block{.content = ir::Image{.media_type = type, .base64 = source.base64}, .cache_control = {}};
  }
  const auto filename = holder.find("filename");
  const ir::Escaped title = filename ? filename->escaped() : ir::Escaped();
  if (source.media_type == "application/pdf") {
    return ir::Block{.content = ir::File{.media_type = "application/pdf", .data = source.base64, .title = title},
                     .cache_control = {}};
  }
  if (contains(kTextTypes, source.media_type)) return text_file(source, title);
  return bad_member(place.text(), "the media type \"" + source.media_type +
                                      "\" is not supported; images may be png, jpeg, gif or webp, files pdf or text");
}

Result<void> PartReader::read_file(Value part, bool image_only) {
  const auto holder = part.find(image_only ? "image_url" : "file");
  const auto reference = file_reference(part);
  if (!holder || !reference) {
    if (holder && holder->find("file_id")) {
      return bad_member(place.text(), "file_id is not supported: send the file itself as file_data");
    }
    return bad_member(place.text(), image_only ? "image_url.url is required" : "file.file_data is required");
  }
  const auto source = source_of(*reference, holder->text_at("format"));
  if (!source) return Failure(source.error());
  if (image_only && !contains(kImageTypes, source->media_type)) {
    return bad_member(place.text(),
                      "the image type \"" + source->media_type + "\" is not supported; use png, jpeg, gif or webp");
  }
  auto block = file_block(*source, *holder);
  if (!block) return Failure(block.error());
  block->cache_control = cache_control_of(part);
  out.push_back(std::move(*block));
  return {};
}

Result<void> PartReader::read(Value part) {
  if (part.is_string()) {
    out.push_back({.content = ir::Text{part.escaped()}, .cache_control = {}});
    return {};
  }
  const auto type = part.find("type");
  if (!type || !type->is_string()) return bad_member(place.text(), "a content part must have a type");
  const std::string_view name = type->escaped();
  if (name == "text" || name == "refusal" || name == "input_text" || name == "output_text") {
    const auto text = part.find(name == "refusal" ? "refusal" : "text");
    if (!text || !text->is_string()) return bad_member(place.text(), "the text must be a string");
    out.push_back({.content = ir::Text{text->escaped()}, .cache_control = cache_control_of(part)});
    return {};
  }
  if (name == "image_url") return read_file(part, true);
  if (name == "file") return read_file(part, false);
  if (name == "thinking" || name == "redacted_thinking") {
    if (auto block = read_thinking(part)) out.push_back(std::move(*block));
    return {};
  }
  if (contains(kAnthropicTypes, name)) {
    out.push_back(
        {.content = ir::Verbatim{.json = part.raw(), .tool_result = name == "tool_result"}, .cache_control = {}});
    return {};
  }
  return bad_member(place.text(), "content parts of type \"" + type->text() + "\" are not supported by this model");
}

}  // namespace

ir::Json cache_control_of(Value holder) {
  const auto control = holder.find("cache_control");
  return control && control->is_object() ? control->raw() : ir::Json();
}

bool blank(ir::Escaped text) {
  constexpr std::string_view kWhite = " \t\r\n\f\v";
  if (!text.empty() && kWhite.find(text.front()) == std::string_view::npos && text.front() != '\\') return false;
  if (text.find_first_not_of(kWhite) == std::string_view::npos) return true;
  if (text.find('\\') == std::string_view::npos) return false;
  // Escapes of white space: unescape only as long as the text has a chance to be blank.
  if (text.find_first_not_of(" \\ntrfu0123456789abcdABCD") != std::string_view::npos) return false;
  return codec::json::unescape(text).find_first_not_of(kWhite) == std::string::npos;
}

std::optional<ir::Block> read_thinking(Value block) {
  const auto type = block.find("type");
  if (!type) return std::nullopt;
  if (type->equals("redacted_thinking")) {
    const auto data = block.find("data");
    if (!data || data->escaped().empty()) return std::nullopt;
    return ir::Block{.content = ir::RedactedThinking{data->escaped()}, .cache_control = {}};
  }
  const auto signature = block.find("signature");
  if (!type->equals("thinking") || !signature || signature->escaped().empty()) return std::nullopt;
  const auto text = block.find("thinking");
  return ir::Block{
      .content = ir::Thinking{.text = text ? text->escaped() : ir::Escaped(), .signature = signature->escaped()},
      .cache_control = {}};
}

Result<void> read_content(Value content, Place place, const Files& files, ir::Request& request,
                          std::vector<ir::Block>& out) {
  if (content.is_null()) return {};
  if (content.is_string()) {
    out.push_back({.content = ir::Text{content.escaped()}, .cache_control = {}});
    return {};
  }
  if (!content.is_array()) return bad_member(place.text(), "must be a string or a list of content parts");
  std::size_t index = 0;
  for (const Value part : content.elements()) {
    place.part = index++;
    PartReader reader{.place = place, .files = files, .request = request, .out = out};
    const auto done = reader.read(part);
    if (!done) return Failure(done.error());
  }
  return {};
}

}  // namespace stargate::llm::grammar

#include "llm/binding/sources.h"

#include <algorithm>

#include "codec/hash.h"
#include "llm/binding/field_rules.h"

namespace stargate::llm::binding {

namespace json = codec::json;

namespace {

constexpr std::size_t kSourcesMax = 600;  // Anthropic's own bound of images in a request

struct Source {
  json::Value source;
  json::Value block;
  std::string path;  // "messages.0.content.1.source"
  std::string url;
};

Failure refuse(const Source& source, std::string_view member, const std::string& why) {
  std::string place = source.path + "." + std::string(member);
  return base::client_error(ErrorCode::kBadRequest, place + ": " + why, place);
}

// All sources of type url; one of type file is an error.
Result<std::vector<Source>> url_sources(const json::Document& body) {
  std::vector<Source> found;
  const std::vector<std::uint32_t> keys = find_keys(body, "source");
  if (keys.empty()) return found;
  KeyPlaces places(body);
  for (const std::uint32_t key : keys) {
    const json::Value value = value_at(body, key + 1);
    const auto type = value.find("type");
    if (!type || !type->is_string()) continue;
    const bool by_file = type->equals("file");
    if (!by_file && !type->equals("url")) continue;
    if (!places.locate(key)) continue;
    Source source{value, value_at(body, places.object()), places.path(), value.text_at("url")};
    if (by_file) {
      return refuse(source, "file_id",
                    "files of the Files API cannot be reached on Bedrock; send the content as base64");
    }
    if (found.size() == kSourcesMax) {
      return refuse(source, "url", "more than " + std::to_string(kSourcesMax) + " files by URL");
    }
    found.push_back(std::move(source));
  }
  return found;
}

Result<void> check_url(const Source& source) {
  if (source.url.starts_with("https://") || source.url.starts_with("data:")) return {};
  if (source.url.empty()) return refuse(source, "url", "Field required");
  return refuse(source, "url", "only https URLs are fetched");
}

std::optional<File> file_of_data_url(std::string_view url) {
  url.remove_prefix(5);
  const auto comma = url.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  std::string_view head = url.substr(0, comma);
  if (!head.ends_with(";base64")) return std::nullopt;
  head.remove_suffix(7);
  return File{std::string(head.substr(0, head.find(';'))), std::string(url.substr(comma + 1))};
}

Result<std::string> source_json(const Source& source, const File& file) {
  const bool document = source.block.text_at("type") == "document";
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  if (document && file.media_type.starts_with("text/")) {
    const auto text = codec::base64_decode(file.base64);
    if (!text) return refuse(source, "url", "the content is not valid base64");
    writer.member("type", "text");
    writer.member("media_type", "text/plain");
    writer.member("data", *text);
  } else {
    static constexpr std::string_view kImages[] = {"image/jpeg", "image/png", "image/gif", "image/webp"};
    const bool fits = document ? file.media_type == "application/pdf"
                               : std::ranges::find(kImages, file.media_type) != std::end(kImages);
    if (!fits) {
      return refuse(source, "url",
                    "media type \"" + file.media_type + "\" is not one of " +
                        (document ? "application/pdf, text/*" : "image/jpeg, image/png, image/gif, image/webp"));
    }
    writer.member("type", "base64");
    writer.member("media_type", file.media_type);
    writer.member("data", file.base64);
  }
  writer.end_object();
  return out;
}

}  // namespace

Result<std::vector<std::string>> list_source_urls(const json::Document& body) {
  auto sources = url_sources(body);
  if (!sources) return std::unexpected(sources.error());
  std::vector<std::string> urls;
  for (Source& source : *sources) {
    if (auto fine = check_url(source); !fine) return std::unexpected(fine.error());
    if (source.url.starts_with("data:")) continue;
    if (std::ranges::find(urls, source.url) == urls.end()) urls.push_back(std::move(source.url));
  }
  return urls;
}

Result<void> inline_sources(const json::Document& body, const Files& files, json::Edits& edits,
                            std::vector<Loss>& losses) {
  auto sources = url_sources(body);
  if (!sources) return std::unexpected(sources.error());
  for (const Source& source : *sources) {
    if (auto fine = check_url(source); !fine) return fine;
    std::optional<File> from_url;
    const File* file = nullptr;
    if (source.url.starts_with("data:")) {
      from_url = file_of_data_url(source.url);
      if (!from_url) return refuse(source, "url", "a data URL must hold base64");
      file = &*from_url;
    } else if (const auto fetched = files.find(source.url); fetched != files.end()) {
      file = &fetched->second;
    }
    if (file == nullptr) return refuse(source, "url", "the file could not be fetched");
    auto text = source_json(source, *file);
    if (!text) return std::unexpected(text.error());
    edits.replace(source.source, std::move(*text));
    losses.push_back({source.path, "fetched and sent as base64"});
  }
  return {};
}

}  // namespace stargate::llm::binding

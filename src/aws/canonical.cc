#include "aws/canonical.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "codec/uri.h"

namespace stargate::aws {
namespace {

using HeaderView = std::pair<std::string_view, std::string_view>;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Lower-case order of two names. Header lists are short and nearly sorted: no lower-cased copies are made.
int compare_names(std::string_view left, std::string_view right) {
  const std::size_t shared = std::min(left.size(), right.size());
  for (std::size_t i = 0; i < shared; ++i) {
    const auto a = static_cast<unsigned char>(lower(left[i]));
    const auto b = static_cast<unsigned char>(lower(right[i]));
    if (a != b) return a < b ? -1 : 1;
  }
  if (left.size() == right.size()) return 0;
  return left.size() < right.size() ? -1 : 1;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

void append_lower(std::string& out, std::string_view text) {
  for (const char c : text) out.push_back(lower(c));
}

// Trimmed, inner runs of white space to one space, inside quotes too.
void append_value(std::string& out, std::string_view value) {
  while (!value.empty() && is_space(value.front())) value.remove_prefix(1);
  while (!value.empty() && is_space(value.back())) value.remove_suffix(1);
  bool space = false;
  for (const char c : value) {
    if (is_space(c)) {
      space = true;
      continue;
    }
    if (space) out.push_back(' ');
    space = false;
    out.push_back(c);
  }
}

// RFC 3986 §5.2.4 on whole segments; empty segments go too. A trailing slash stays.
std::string without_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  bool trailing = false;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    trailing = slash != std::string_view::npos || segment == "." || segment == "..";
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      kept.push_back(segment);
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  std::string clean;
  for (const std::string_view segment : kept) clean.append("/").append(segment);
  if (trailing || clean.empty()) clean.push_back('/');
  return clean;
}

// Most paths have nothing to remove; they are not copied for it.
bool needs_cleaning(std::string_view path) {
  return !path.starts_with('/') || path.find("//") != std::string_view::npos ||
         path.find("/.") != std::string_view::npos;
}

// Stable, because duplicates are joined in their order of arrival; by insertion, because lists are short, come nearly
// sorted, and nothing is allocated.
void sort_by_name(std::vector<HeaderView>& headers) {
  for (std::size_t i = 1; i < headers.size(); ++i) {
    const HeaderView header = headers[i];
    std::size_t place = i;
    for (; place > 0 && compare_names(header.first, headers[place - 1].first) < 0; --place) {
      headers[place] = headers[place - 1];
    }
    headers[place] = header;
  }
}

std::size_t size_estimate(const SigningRequest& request) {
  std::size_t size = 256 + request.path.size() * 2 + request.query.size() * 2;
  for (const auto& [name, value] : request.headers) size += name.size() * 2 + value.size() + 3;
  return size;
}

}  // namespace

bool same_name(std::string_view name, std::string_view lower_name) {
  return name.size() == lower_name.size() && compare_names(name, lower_name) == 0;
}

std::string canonical_path(std::string_view wire_path, bool normalize) {
  if (wire_path.empty()) return "/";
  if (normalize && needs_cleaning(wire_path)) return codec::percent_encode(without_dot_segments(wire_path), true);
  return codec::percent_encode(wire_path, true);
}

std::string canonical_query(std::string_view wire_query) {
  if (wire_query.empty()) return {};
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!wire_query.empty()) {
    const std::size_t end = wire_query.find('&');
    const std::string_view pair = wire_query.substr(0, end);
    wire_query.remove_prefix(end == std::string_view::npos ? wire_query.size() : end + 1);
    if (pair.empty()) continue;
    const std::size_t equal = pair.find('=');
    const std::string_view name = pair.substr(0, equal);
    const std::string_view value = equal == std::string_view::npos ? std::string_view() : pair.substr(equal + 1);
    pairs.emplace_back(codec::percent_encode(codec::percent_decode(name)),
                       codec::percent_encode(codec::percent_decode(value)));
  }
  std::ranges::sort(pairs);
  std::string text;
  for (const auto& [name, value] : pairs) {
    if (!text.empty()) text.push_back('&');
    text.append(name).append("=").append(value);
  }
  return text;
}

CanonicalForm canonical_form(const SigningRequest& request) {
  std::vector<HeaderView> sorted = request.headers;
  sort_by_name(sorted);
  CanonicalForm form;
  std::string& out = form.text;
  out.reserve(size_estimate(request));
  out.append(request.method).append("\n");
  out.append(canonical_path(request.path, request.normalize_path)).append("\n");
  out.append(canonical_query(request.query)).append("\n");
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i > 0 && compare_names(sorted[i].first, sorted[i - 1].first) == 0) {
      out.back() = ',';  // in place of the line's end
    } else {
      append_lower(out, sorted[i].first);
      out.push_back(':');
    }
    append_value(out, sorted[i].second);
    out.push_back('\n');
  }
  out.push_back('\n');
  form.signed_begin = out.size();
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i > 0 && compare_names(sorted[i].first, sorted[i - 1].first) == 0) continue;
    if (i > 0) out.push_back(';');
    append_lower(out, sorted[i].first);
  }
  form.signed_size = out.size() - form.signed_begin;
  out.append("\n").append(codec::hex(request.body_hash));
  return form;
}

}  // namespace stargate::aws

// Edits: comma repair per container, then one sweep over the text.
#include <algorithm>

#include "codec/json.h"

namespace stargate::codec::json {
namespace {

struct Item {  // a member or an element of a container
  std::size_t begin = 0;
  std::size_t end = 0;
  bool erased = false;
};

std::vector<Item> items_of(const std::vector<Node>& nodes, std::uint32_t container) {
  std::vector<Item> items;
  items.reserve(nodes[container].count);
  const bool object = nodes[container].kind == Kind::kObject;
  for (std::uint32_t at = container + 1; at < nodes[container].next;) {
    const std::uint32_t value = object ? at + 1 : at;
    items.push_back({nodes[at].begin, nodes[value].end, false});
    at = nodes[value].next;
  }
  return items;
}

std::string named(std::string_view key, std::string_view json_text) {
  return json::quoted(key).append(":").append(json_text);
}

}  // namespace

void Edits::erase_member(Value object, Value key) {
  if (!object.is_object() || !key.is_string()) return;
  const std::uint32_t value = key.node_ + 1;
  if (value >= document_->nodes_.size()) return;
  edits_.push_back({key.begin_offset(), document_->nodes_[value].end, {}, object.node_, Place::kErase});
}

void Edits::erase_element(Value array, std::size_t index) {
  std::size_t at = 0;
  for (const Value element : array.elements()) {
    if (at++ == index) return erase_element(array, element);
  }
}

void Edits::erase_element(Value array, Value element) {
  if (!array.is_array() || element.document_ == nullptr) return;
  edits_.push_back({element.begin_offset(), element.end_offset(), {}, array.node_, Place::kErase});
}

void Edits::replace(Value value, std::string text) {
  if (value.document_ == nullptr) return;
  replace_range(value.begin_offset(), value.end_offset(), std::move(text));
}

void Edits::replace_range(std::size_t begin, std::size_t end, std::string text) {
  if (begin > end || end > document_->text_.size()) return;
  edits_.push_back({begin, end, std::move(text), UINT32_MAX, Place::kRange});
}

void Edits::insert(Value container, Place place, std::string text) {
  const std::size_t at = place == Place::kPrepend ? container.begin_offset() + 1 : container.end_offset() - 1;
  edits_.push_back({at, at, std::move(text), container.node_, place});
}

void Edits::append_member(Value object, std::string_view key, std::string_view json) {
  if (!object.is_object()) return;
  insert(object, Place::kAppend, named(key, json));
}

void Edits::prepend_member(Value object, std::string_view key, std::string_view json) {
  if (!object.is_object()) return;
  insert(object, Place::kPrepend, named(key, json));
}

void Edits::append_element(Value array, std::string_view json) {
  if (!array.is_array()) return;
  insert(array, Place::kAppend, std::string(json));
}

bool Edits::empty() const { return edits_.empty(); }

// Turns the edits of one container into ranges that leave its commas right. A run of erased items takes the comma
// before it along; a run at the front the comma behind it; with nothing left there is no comma to take.
void Edits::resolve_container(std::span<const Edit* const> edits, std::vector<Resolved>& out) const {
  const std::uint32_t container = edits.front()->container;
  std::vector<Item> items = items_of(document_->nodes_, container);
  std::vector<std::string_view> front;
  std::vector<std::string_view> back;
  for (const Edit* edit : edits) {
    if (edit->place == Place::kPrepend) front.push_back(edit->text);
    if (edit->place == Place::kAppend) back.push_back(edit->text);
    if (edit->place != Place::kErase) continue;
    const auto item = std::ranges::lower_bound(items, edit->begin, {}, &Item::begin);
    if (item != items.end() && item->begin == edit->begin) item->erased = true;
  }
  std::ranges::reverse(front);
  const bool emptied = std::ranges::all_of(items, &Item::erased);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].erased) continue;
    const std::size_t first = i;
    while (i + 1 < items.size() && items[i + 1].erased) ++i;
    const std::size_t begin = first > 0 ? items[first - 1].end : items[first].begin;
    const std::size_t end = first == 0 && i + 1 < items.size() ? items[i + 1].begin : items[i].end;
    out.push_back({begin, end, {}, out.size()});
  }
  const std::size_t at_front = document_->nodes_[container].begin + 1;
  const std::size_t at_back = emptied ? at_front : document_->nodes_[container].end - 1;
  for (std::size_t i = 0; i < front.size(); ++i) {
    out.push_back({at_front, at_front, front[i], out.size()});
    const bool last = emptied && back.empty() && i + 1 == front.size();
    if (!last) out.push_back({at_front, at_front, ",", out.size()});
  }
  for (std::size_t i = 0; i < back.size(); ++i) {
    if (i > 0 || !emptied) out.push_back({at_back, at_back, ",", out.size()});
    out.push_back({at_back, at_back, back[i], out.size()});
  }
}

// All edits as ranges, in the order in which they apply: by position; at one position insertions first, then the
// widest range, and of equal ranges the one that was asked for last.
std::vector<Edits::Resolved> Edits::resolve() const {
  std::vector<Resolved> out;
  std::vector<std::pair<std::uint32_t, std::size_t>> order;  // container and place in edits_
  for (std::size_t i = 0; i < edits_.size(); ++i) {
    const Edit& edit = edits_[i];
    if (edit.container == UINT32_MAX) {
      out.push_back({edit.begin, edit.end, edit.text, out.size()});
    } else {
      order.emplace_back(edit.container, i);
    }
  }
  std::ranges::sort(order);
  std::vector<const Edit*> inside;
  inside.reserve(order.size());
  for (const auto& [container, place] : order) inside.push_back(&edits_[place]);
  for (std::span<const Edit* const> rest(inside); !rest.empty();) {
    const auto other = std::ranges::find_if_not(
        rest, [&rest](const Edit* edit) { return edit->container == rest.front()->container; });
    const auto size = static_cast<std::size_t>(other - rest.begin());
    resolve_container(rest.first(size), out);
    rest = rest.subspan(size);
  }
  std::ranges::sort(out, [](const Resolved& left, const Resolved& right) {
    if (left.begin != right.begin) return left.begin < right.begin;
    const bool left_inserts = left.end == left.begin;
    const bool right_inserts = right.end == right.begin;
    if (left_inserts != right_inserts) return left_inserts;
    if (left_inserts) return left.rank < right.rank;
    return left.end != right.end ? left.end > right.end : left.rank > right.rank;
  });
  return out;
}

std::vector<std::string_view> Edits::pieces() const {
  const std::string_view text = document_->text_;
  std::vector<std::string_view> out;
  const auto add = [&out](std::string_view piece) {
    if (!piece.empty()) out.push_back(piece);
  };
  std::size_t done = 0;
  for (const Resolved& edit : resolve()) {
    if (edit.begin < done) continue;  // inside an outer edit
    add(text.substr(done, edit.begin - done));
    add(edit.text);
    done = edit.end;
  }
  add(text.substr(done));
  return out;
}

std::string Edits::joined() const {
  const auto views = pieces();
  std::size_t size = base::kJsonPadding;
  for (const std::string_view view : views) size += view.size();
  std::string out;
  out.reserve(size);
  for (const std::string_view view : views) out.append(view);
  return out;
}

}  // namespace stargate::codec::json

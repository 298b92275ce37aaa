#include "serving/api/read_bodies.h"

#include "serving/api/route.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace headrace {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kName = "\"features\"";
constexpr std::string_view kInsteadOfList = "[]";  // while the rest is read

void pass_blanks(std::string_view& text) {
  while (!text.empty() && kBlanks.find(text.front()) != std::string_view::npos) text.remove_prefix(1);
}

bool take(std::string_view& text, std::string_view expected) {
  pass_blanks(text);
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

/// A body that begins with its list of features.
struct DividedBody {
  std::string_view list;  // with its brackets; empty: the body has another form
  std::string_view rest;  // what is behind it

  /// Whether the list is the only one: no member behind it has its name, be it with escapes.
  bool is_only_list() const {
    return rest.find('\\') == std::string_view::npos && rest.find(kName) == std::string_view::npos;
  }
};

DividedBody divided(std::string_view body) {
  std::string_view rest = body;
  if (!take(rest, "{") || !take(rest, kName) || !take(rest, ":") || !take(rest, "[")) return {};
  const char* const begin = rest.data() - 1;
  bool is_in_text = false;
  for (size_t end = 0; end < rest.size(); ++end) {
    const char c = rest[end];
    if (c == '"') is_in_text = !is_in_text;
    if (c == '\\' || (!is_in_text && c == '[')) return {};
    if (is_in_text || c != ']') continue;
    rest.remove_prefix(end + 1);
    return {{begin, static_cast<size_t>(rest.data() - begin)}, rest};
  }
  return {};
}

/// A text of plain ASCII; nothing for other texts.
std::optional<std::string_view> take_plain_text(std::string_view& text) {
  if (!take(text, "\"")) return std::nullopt;
  size_t size = 0;
  while (size < text.size() && text[size] >= ' ' && text[size] < 0x7f && text[size] != '"' && text[size] != '\\')
    ++size;
  if (size == text.size() || text[size] != '"') return std::nullopt;
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(size + 1);
  return taken;
}

/// An integer of no more than 18 digits, or such a text.
std::optional<Value> take_plain_value(std::string_view& text) {
  constexpr size_t kDigitsMax = 18;
  pass_blanks(text);
  if (text.starts_with('"')) {
    const std::optional<std::string_view> taken = take_plain_text(text);
    return taken ? std::optional(Value{std::string(*taken)}) : std::nullopt;
  }
  int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view taken = text.substr(0, static_cast<size_t>(end - text.data()));
  const size_t digits = taken.size() - (number < 0 ? 1 : 0);
  const bool is_plain = problem == std::errc() && digits <= kDigitsMax &&
                        (number == 0 ? taken == "0" : taken[taken.size() - digits] != '0');
  text.remove_prefix(taken.size());
  const bool goes_on = !text.empty() && (text.front() == '.' || text.front() == 'e' || text.front() == 'E');
  return is_plain && !goes_on ? std::optional(Value{number}) : std::nullopt;
}

/// The entities of a body that has nothing else behind its list and whose keys are plain; nothing for any other, which may
/// be as good.
std::optional<std::vector<EntityKey>> plain_entities(std::string_view rest) {
  std::vector<EntityKey> entities;
  if (!take(rest, ",") || !take(rest, "\"entities\"") || !take(rest, ":") || !take(rest, "[")) return std::nullopt;
  do {
    EntityKey& entity = entities.emplace_back();
    if (!take(rest, "{")) return std::nullopt;
    do {
      const std::optional<std::string_view> name = take_plain_text(rest);
      if (!name || !take(rest, ":")) return std::nullopt;
      std::optional<Value> value = take_plain_value(rest);
      const auto has_name = [&](const auto& each) { return each.first == *name; };
      if (!value || std::ranges::any_of(entity, has_name)) return std::nullopt;
      entity.emplace_back(std::string(*name), *std::move(value));
    } while (take(rest, ","));
    if (!take(rest, "}")) return std::nullopt;
  } while (take(rest, ","));
  if (!take(rest, "]") || !take(rest, "}")) return std::nullopt;
  pass_blanks(rest);
  return rest.empty() ? std::optional(std::move(entities)) : std::nullopt;
}

}  // namespace

ApiOr<ReadRequest> ReadBodies::read(std::string_view body) {
  std::string_view behind;
  if (std::optional<SharedTexts> last = find_last(body, behind)) {
    if (std::optional<std::vector<EntityKey>> entities = plain_entities(behind)) {
      return ReadRequest{.features = *std::move(last), .entities = *std::move(entities)};
    }
  }

  const auto [list, rest] = divided(body);
  const std::string_view beginning = body.substr(0, body.size() - rest.size());
  const std::optional<SharedTexts> known = list.empty() ? std::nullopt : find(list, beginning);
  if (known) {
    if (std::optional<std::vector<EntityKey>> entities = plain_entities(rest)) {
      return ReadRequest{.features = *known, .entities = *std::move(entities)};
    }
  }

  const bool is_only_list = DividedBody{list, rest}.is_only_list();
  if (!known || !is_only_list) {
    ApiOr<ReadRequest> request = read_body<ReadRequest>(body);
    // It was read as a list of texts, so its bytes are one wherever they stand in the same place.
    const auto* read = std::get_if<ReadRequest>(&request);
    if (read != nullptr && !list.empty() && is_only_list) keep(list, read->features);
    return request;
  }

  std::string without_list;
  without_list.reserve(body.size());
  without_list.append(body.data(), list.data()).append(kInsteadOfList).append(rest);
  ApiOr<ReadRequest> request = read_body<ReadRequest>(without_list);
  if (auto* read = std::get_if<ReadRequest>(&request)) read->features = *known;
  return request;
}

std::optional<SharedTexts> ReadBodies::find_last(std::string_view body, std::string_view& rest) const {
  const std::lock_guard lock(mutex_);
  if (last_beginning_.empty() || !body.starts_with(last_beginning_)) return std::nullopt;
  rest = body.substr(last_beginning_.size());
  return last_;
}

std::optional<SharedTexts> ReadBodies::find(std::string_view list, std::string_view beginning) {
  const std::lock_guard lock(mutex_);
  const auto found = lists_.find(list);
  if (found == lists_.end()) return std::nullopt;
  last_beginning_ = beginning;
  last_ = found->second;
  return last_;
}

void ReadBodies::keep(std::string_view list, const SharedTexts& names) {
  if (list.size() > kListBytesMax) return;
  const std::lock_guard lock(mutex_);
  if (lists_.size() >= kListsMax || bytes_ + list.size() > kBytesMax) {
    lists_.clear();
    bytes_ = 0;
  }
  if (lists_.try_emplace(std::string(list), names).second) bytes_ += list.size();
}

size_t ReadBodies::lists() const {
  const std::lock_guard lock(mutex_);
  return lists_.size();
}

size_t ReadBodies::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace headrace

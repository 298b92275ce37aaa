#include "app/server/entity_keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace headrace {
namespace {

bool read_integer(const std::string& text, int64_t& number) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<std::vector<Value>> keys_of(const PlanEntity& entity, const EntityKey& given) {
  std::vector<Value> keys;
  for (size_t key = 0; key < entity.keys.size(); ++key) {
    const auto found =
        std::find_if(given.begin(), given.end(), [&](const auto& each) { return each.first == entity.keys[key]; });
    if (found == given.end() || found->second.is_null()) {
      return Error::usage(fmt::format("an entity of the request has no `{}`", entity.keys[key]))
          .with_help(fmt::format("the keys of `{}` are {}", entity.name, fmt::join(entity.keys, ", ")));
    }

    // A text of digits is a number where the key is declared as one: tools for the command line write texts only.
    const auto* text = std::get_if<std::string>(&found->second.data);
    const ScalarType type = entity.key_types[key];
    int64_t number = 0;
    if (text != nullptr && type == ScalarType::kInt64 && read_integer(*text, number)) {
      keys.push_back(Value{number});
      continue;
    }
    if (text == nullptr || type != ScalarType::kTimestamp) {
      keys.push_back(found->second);
      continue;
    }
    const auto time = parse_timestamp(*text);
    if (!time)
      return Error::usage(fmt::format("the key `{}` is a time, and {} is none", entity.keys[key], quote_json(*text)));
    keys.push_back(Value{*time});
  }
  return keys;
}

}  // namespace headrace

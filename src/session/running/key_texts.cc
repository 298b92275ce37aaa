#include "session/running/key_texts.h"

#include "base/option_name.h"
#include "language/diagnostics/suggest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace {

Result<std::map<std::string, std::string>> split_keys(const PlanEntity& entity, const std::vector<std::string>& given,
                                                      KeyParts parts) {
  const std::string form = option(OptionName::kKey, fmt::format("{}", fmt::join(entity.keys, ",")));
  std::map<std::string, std::string> texts;
  for (const std::string& each : given) {
    const size_t equals = each.find('=');
    const std::string name = equals == std::string::npos ? "" : each.substr(0, equals);
    if (std::find(entity.keys.begin(), entity.keys.end(), name) != entity.keys.end()) {
      if (!texts.emplace(name, each.substr(equals + 1)).second)
        return Error::usage(fmt::format("key `{}` is given twice", name));
    } else if (entity.keys.size() == 1 && given.size() == 1 && equals == std::string::npos) {
      texts[entity.keys.front()] = each;
    } else {
      const std::string near = did_you_mean(name, entity.keys);
      return Error::not_found(fmt::format("`{}` is no key of entity `{}`", each, entity.name))
          .with_help(near.empty() ? "write " + form : near);
    }
  }
  if (parts == KeyParts::kSome) return texts;
  for (const std::string& key : entity.keys) {
    if (!texts.contains(key))
      return Error::usage(fmt::format("key `{}` of entity `{}` is missing", key, entity.name))
          .with_help("write " + form);
  }
  return texts;
}

}  // namespace headrace

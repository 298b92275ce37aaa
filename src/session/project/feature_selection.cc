#include "session/project/feature_selection.h"

#include "base/option_name.h"
#include "compute/expressions/expr.h"
#include "language/diagnostics/suggest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>

namespace headrace {
namespace {

/// What a text says about features.
enum class SelectedBy { kName, kTag, kOwner, kEntity, kSource };

struct NamedMethod {
  std::string_view word;
  SelectedBy by;
};
constexpr std::array<NamedMethod, 5> kMethods = {{{"name", SelectedBy::kName},
                                                  {"tag", SelectedBy::kTag},
                                                  {"owner", SelectedBy::kOwner},
                                                  {"entity", SelectedBy::kEntity},
                                                  {"source", SelectedBy::kSource}}};

struct FeatureSelector {
  std::string text;  // as written
  SelectedBy by = SelectedBy::kName;
  std::string pattern;
  bool with_used = false;
  bool with_users = false;

  bool is_plain_name() const { return by == SelectedBy::kName && pattern.find_first_of("*?") == std::string::npos; }
};

/// Whether the text fits: `*` is any text, `?` one byte. Time: the product of the lengths.
bool fits(std::string_view text, std::string_view pattern) {
  size_t at = 0;
  size_t p = 0;
  size_t star = std::string_view::npos;
  size_t star_at = 0;
  while (at < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_at = at;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[at])) {
      ++p;
      ++at;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      at = ++star_at;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

Result<FeatureSelector> parse_selector(const std::string& text) {
  FeatureSelector selector;
  selector.text = text;
  std::string_view rest = text;
  if (rest.starts_with('+')) {
    selector.with_used = true;
    rest.remove_prefix(1);
  }
  if (rest.ends_with('+')) {
    selector.with_users = true;
    rest.remove_suffix(1);
  }

  const size_t colon = rest.find(':');
  if (colon != std::string_view::npos) {
    const std::string_view word = rest.substr(0, colon);
    const auto method =
        std::find_if(kMethods.begin(), kMethods.end(), [&](const NamedMethod& each) { return each.word == word; });
    if (method == kMethods.end()) {
      std::vector<std::string> words;
      for (const NamedMethod& each : kMethods) words.push_back(std::string(each.word) + ":");
      const std::string near = did_you_mean(std::string(word) + ":", words);
      return Error::usage(fmt::format("`{}`: features cannot be chosen by `{}:`", text, word))
          .with_help(near.empty() ? fmt::format("they can be by a name, {}", fmt::join(words, ", ")) : near);
    }
    selector.by = method->by;
    rest.remove_prefix(colon + 1);
  }
  if (rest.empty()) return Error::usage(fmt::format("`{}` names no feature", text));
  selector.pattern = rest;
  return selector;
}

/// What the selector is held against.
std::vector<std::string_view> texts_of(const FeatureDefinition& feature, SelectedBy by) {
  switch (by) {
    case SelectedBy::kName: return {feature.name};
    case SelectedBy::kTag: return {feature.tags.begin(), feature.tags.end()};
    case SelectedBy::kOwner: return {feature.owner};
    case SelectedBy::kEntity: return {feature.entity};
    case SelectedBy::kSource: return {feature.source};
  }
  return {};
}

std::vector<std::string> all_texts(const Repository& repository, SelectedBy by) {
  std::set<std::string> texts;
  for (const FeatureDefinition& feature : repository.features) {
    for (const std::string_view text : texts_of(feature, by)) texts.emplace(text);
    if (by == SelectedBy::kName) texts.insert(feature.definition);
  }
  return {texts.begin(), texts.end()};
}

Error unknown_name(const Repository& repository, const std::string& name) {
  const std::string near = did_you_mean(name, all_texts(repository, SelectedBy::kName));
  return Error::not_found(fmt::format("there is no feature `{}` in this repository", name))
      .with_help(near.empty() ? fmt::format("`{}` lists them", way_to(RequestName::kListFeatures)) : near);
}

Error nothing_chosen(const Repository& repository, const FeatureSelector& selector) {
  if (selector.is_plain_name()) return unknown_name(repository, selector.pattern);
  if (selector.by == SelectedBy::kName) {
    return Error::not_found(fmt::format("no feature has a name like `{}`", selector.pattern))
        .with_help(fmt::format("`{}` lists them", way_to(RequestName::kListFeatures)));
  }
  constexpr size_t kShownMax = 20;
  const std::string_view word = kMethods[static_cast<size_t>(selector.by)].word;
  std::vector<std::string> there = all_texts(repository, selector.by);
  std::string help = did_you_mean(selector.pattern, there);
  if (help.empty() && there.empty()) help = fmt::format("no feature has one: add `{}` to its definition", word);
  if (help.empty()) {
    const bool has_more = there.size() > kShownMax;
    there.resize(std::min(there.size(), kShownMax));
    help =
        fmt::format("there {} {}{}", there.size() == 1 ? "is" : "are", fmt::join(there, ", "), has_more ? ", .." : "");
  }
  return Error::not_found(fmt::format("no feature has the {} `{}`", word, selector.pattern)).with_help(help);
}

void for_each_used(const FeatureDefinition& feature, const std::function<void(const std::string&)>& visit) {
  std::vector<ExprPtr> formulas = feature.formulas;
  if (feature.filter) formulas.push_back(feature.filter);
  for (const ExprPtr& formula : formulas) {
    for (const Reference& reference : references_of(*formula)) {
      if (reference.kind == Reference::Kind::kFeature) visit(reference.name);
    }
  }
}

/// Marks of features, by their place in the repository.
using Marks = std::vector<bool>;

/// REQUIRES: every feature comes after those that it uses, which a repository holds.
void add_used(const Repository& repository, Marks& marks) {
  for (size_t i = marks.size(); i-- > 0;) {
    if (!marks[i]) continue;
    for_each_used(repository.features[i], [&](const std::string& name) {
      marks[static_cast<size_t>(repository.find_feature(name) - repository.features.data())] = true;
    });
  }
}

void add_users(const Repository& repository, Marks& marks) {
  for (size_t i = 0; i < marks.size(); ++i) {
    for_each_used(repository.features[i], [&](const std::string& name) {
      if (marks[static_cast<size_t>(repository.find_feature(name) - repository.features.data())]) marks[i] = true;
    });
  }
}

/// The features themselves that a selector names, without what they use.
Marks named_by(const Repository& repository, const FeatureSelector& selector) {
  Marks marks(repository.features.size());
  if (selector.is_plain_name() && repository.find_feature(selector.pattern) != nullptr) {
    marks[static_cast<size_t>(repository.find_feature(selector.pattern) - repository.features.data())] = true;
    return marks;
  }
  for (size_t i = 0; i < marks.size(); ++i) {
    const FeatureDefinition& feature = repository.features[i];
    const std::vector<std::string_view> texts = texts_of(feature, selector.by);
    marks[i] = selector.is_plain_name() ? feature.definition == selector.pattern
                                        : std::any_of(texts.begin(), texts.end(), [&](std::string_view text) {
                                            return fits(text, selector.pattern);
                                          });
  }
  return marks;
}

/// A selector with what it adds to the features that it names.
struct Selected {
  Marks named;
  Marks all;
  bool is_plain_name = false;
};

Result<Selected> selected_by(const Repository& repository, const std::string& text) {
  ASSIGN_OR_RETURN(const FeatureSelector selector, parse_selector(text));
  Selected selected;
  selected.is_plain_name = selector.is_plain_name();
  selected.named = named_by(repository, selector);
  if (std::find(selected.named.begin(), selected.named.end(), true) == selected.named.end()) {
    return nothing_chosen(repository, selector);
  }
  selected.all = selected.named;
  if (selector.with_used) add_used(repository, selected.all);
  if (selector.with_users) {
    Marks users = selected.named;
    add_users(repository, users);
    for (size_t i = 0; i < users.size(); ++i) selected.all[i] = selected.all[i] || users[i];
  }
  return selected;
}

/// The places of the chosen features, in order.
Result<std::vector<size_t>> chosen_by(const Repository& repository, const std::string& text) {
  if (const FeatureDefinition* feature = repository.find_feature(text); feature != nullptr) {
    return std::vector<size_t>{static_cast<size_t>(feature - repository.features.data())};
  }
  ASSIGN_OR_RETURN(const Selected selected, selected_by(repository, text));
  std::vector<size_t> chosen;
  for (size_t i = 0; i < selected.all.size(); ++i) {
    const bool is_by_name = selected.named[i] && selected.is_plain_name;
    if (selected.all[i] && (is_by_name || !repository.features[i].is_internal)) chosen.push_back(i);
  }
  if (!chosen.empty()) return chosen;
  return Error::not_found(fmt::format("`{}` chooses internal features only", text))
      .with_help("name them to have their values");
}

}  // namespace

Result<std::vector<std::string>> select_features(const Repository& repository, const std::vector<std::string>& chosen,
                                                 const std::vector<std::string>& excluded, DefaultFeatures defaults) {
  const auto is_output = [&](const FeatureDefinition& each) {
    return defaults == DefaultFeatures::kAll || !each.is_internal;
  };
  const bool are_all_meant = chosen.empty() && excluded.empty() &&
                             std::all_of(repository.features.begin(), repository.features.end(), is_output);
  if (are_all_meant) return std::vector<std::string>();

  std::vector<size_t> order;
  for (const std::string& text : chosen) {
    ASSIGN_OR_RETURN(const std::vector<size_t> more, chosen_by(repository, text));
    order.insert(order.end(), more.begin(), more.end());
  }
  if (chosen.empty()) {
    for (size_t i = 0; i < repository.features.size(); ++i) {
      if (is_output(repository.features[i])) order.push_back(i);
    }
  }

  Marks left_out(repository.features.size());
  for (const std::string& text : excluded) {
    ASSIGN_OR_RETURN(const Selected selected, selected_by(repository, text));
    for (size_t i = 0; i < left_out.size(); ++i) left_out[i] = left_out[i] || selected.all[i];
  }

  std::vector<std::string> names;
  for (const size_t i : order) {
    if (left_out[i]) continue;
    left_out[i] = true;  // once is enough
    names.push_back(repository.features[i].name);
  }
  if (!names.empty()) return names;
  return chosen.empty() && excluded.empty()
             ? Error::data("every feature of this repository is internal").with_help("name those whose values you want")
             : Error::usage("no feature is left").with_help("exclude fewer");
}

std::vector<std::string> selector_words(const Repository& repository, bool with_methods) {
  std::vector<std::string> words = all_texts(repository, SelectedBy::kName);
  if (!with_methods) return words;
  for (const NamedMethod& method : kMethods) {
    if (method.by == SelectedBy::kName) continue;
    for (const std::string& text : all_texts(repository, method.by)) {
      words.push_back(fmt::format("{}:{}", method.word, text));
    }
  }
  return words;
}

std::vector<std::string> with_their_users(const Repository& repository, const std::vector<std::string>& names) {
  Marks marks(repository.features.size());
  for (const std::string& name : names) {
    const FeatureDefinition* feature = repository.find_feature(name);
    CHECK(feature != nullptr);
    marks[static_cast<size_t>(feature - repository.features.data())] = true;
  }
  add_users(repository, marks);
  std::vector<std::string> all;
  for (size_t i = 0; i < marks.size(); ++i) {
    if (marks[i]) all.push_back(repository.features[i].name);
  }
  return all;
}

}  // namespace headrace

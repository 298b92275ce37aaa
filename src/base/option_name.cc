#include "base/option_name.h"

#include <algorithm>
#include <iterator>
#include <optional>

namespace headrace {
namespace {

template <typename Name>
struct NamedPlace {
  Name name;
  std::string_view text;
};

constexpr NamedPlace<OptionName> kOptions[] = {
    {OptionName::kBadRows, "bad_rows"},
    {OptionName::kBadRowsFile, "bad_rows_file"},
    {OptionName::kDev, "dev"},
    {OptionName::kEnd, "end"},
    {OptionName::kEvery, "every"},
    {OptionName::kFeatures, "features"},
    {OptionName::kForce, "force"},
    {OptionName::kKey, "key"},
    {OptionName::kMemory, "memory"},
    {OptionName::kObservationsForm, "observations_form"},
    {OptionName::kOutput, "output"},
    {OptionName::kOutputFormat, "output_format"},
    {OptionName::kPartition, "partition"},
    {OptionName::kProject, "project"},
    {OptionName::kPython, "python"},
    {OptionName::kReplace, "replace"},
    {OptionName::kSkipRefused, "skip_refused"},
    {OptionName::kSource, "source"},
    {OptionName::kStart, "start"},
    {OptionName::kTimeColumn, "time_column"},
};

constexpr NamedPlace<RequestName> kRequests[] = {
    {RequestName::kBackfill, "backfill"},  {RequestName::kGenerate, "generate"},
    {RequestName::kInit, "init"},          {RequestName::kListFeatures, "list_features"},
    {RequestName::kNewToken, "new_token"}, {RequestName::kRaiseVersion, "raise_version"},
};

constexpr std::string_view kOptionMark = "{option ";
constexpr std::string_view kRequestMark = "{request ";

/// A value may hold the brace that ends a place.
std::string escaped(std::string_view value) {
  std::string out;
  for (const char byte : value) out += byte == '}' ? "%7D" : byte == '%' ? "%25" : std::string(1, byte);
  return out;
}

std::string unescaped(std::string_view value) {
  std::string out;
  for (size_t i = 0; i < value.size(); ++i) {
    const std::string_view three = value.substr(i, 3);
    const bool is_escape = three == "%7D" || three == "%25";
    out += three == "%7D" ? '}' : value[i];
    if (is_escape) i += 2;
  }
  return out;
}

template <typename Name, size_t n>
std::string place_of(std::string_view mark, const NamedPlace<Name> (&table)[n], Name name, std::string_view value) {
  const auto* const found =
      std::find_if(std::begin(table), std::end(table), [&](const auto& each) { return each.name == name; });
  std::string out = std::string(mark) + std::string(found->text);
  if (!value.empty()) out += "=" + escaped(value);
  return out + "}";
}

/// The word for what stands between the mark and the brace; nothing when it is no place.
template <typename Name, size_t n>
std::optional<std::string> word_of(std::string_view inside, const NamedPlace<Name> (&table)[n],
                                   std::string (*word)(Name, std::string_view)) {
  const size_t equals = inside.find('=');
  for (const NamedPlace<Name>& each : table) {
    if (each.text != inside.substr(0, equals)) continue;
    return word(each.name, equals == std::string_view::npos ? "" : unescaped(inside.substr(equals + 1)));
  }
  return std::nullopt;
}

}  // namespace

std::string option(OptionName name, std::string_view value) { return place_of(kOptionMark, kOptions, name, value); }

std::string way_to(RequestName name, std::string_view argument) {
  return place_of(kRequestMark, kRequests, name, argument);
}

std::string in_words_of(const SurfaceWords& words, std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t brace = text.find('{');
    out += text.substr(0, brace);
    if (brace == std::string_view::npos) break;
    text.remove_prefix(brace);

    // What is no place is copied up to the next brace that may begin one.
    const bool is_option = text.starts_with(kOptionMark);
    const size_t end = is_option || text.starts_with(kRequestMark) ? text.find('}') : std::string_view::npos;
    std::optional<std::string> word;
    if (end != std::string_view::npos) {
      const size_t start = is_option ? kOptionMark.size() : kRequestMark.size();
      const std::string_view inside = text.substr(start, end - start);
      word = is_option ? word_of(inside, kOptions, words.option) : word_of(inside, kRequests, words.request);
    }
    out += word.value_or("{");
    text.remove_prefix(word ? end + 1 : 1);
  }
  return out;
}

}  // namespace headrace

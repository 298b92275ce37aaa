#include "delivery/change/source_change.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace headrace {
namespace {

/// Each changed part, and the sentence that says what it does.
class SourceParts {
 public:
  explicit SourceParts(std::string source) { change_.source = std::move(source); }

  void compare(std::string_view part, const std::string& before, const std::string& now, std::string_view effect) {
    if (before == now) return;
    const auto shown = [](const std::string& text) { return text.empty() ? std::string("none") : text; };
    add(fmt::format("{}: {}, was {}", part, shown(now), shown(before)), effect);
  }
  void add(std::string change, std::string_view effect) {
    change_.changes.push_back(std::move(change));
    const bool is_said = std::find(change_.effects.begin(), change_.effects.end(), effect) != change_.effects.end();
    if (!effect.empty() && !is_said) change_.effects.emplace_back(effect);
  }
  ChangedSource take() { return std::move(change_); }

 private:
  ChangedSource change_;
};

constexpr std::string_view kOtherEvents =
    "its rows are other events: the features that follow from that mean something else";
constexpr std::string_view kOtherFiles =
    "its files are others or are read otherwise: features mean what they meant, of what stands there now";
constexpr std::string_view kOtherStream =
    "its stream is another: a server starts there anew, and positions of the stream before do not hold";
constexpr std::string_view kOtherLateness =
    "which late events a stream takes and when its rows are final changes; values of files stay";
constexpr std::string_view kOtherColumns = "columns of another type are read by features that mean something else";

std::string identity_text(const std::optional<EventIdentity>& identity) {
  if (!identity) return "";
  std::string text = identity->id;
  if (identity->is_first_kept) text += ", first";
  if (identity->deleted) text += ", deleted " + *identity->deleted;
  return text;
}

std::string batch_text(const std::optional<BatchLocation>& batch) {
  return batch ? fmt::format("{} {}", to_string(batch->format), batch->path) : "";
}

bool is_read_alike(const std::optional<BatchLocation>& before, const std::optional<BatchLocation>& now) {
  return !before || !now || (before->text == now->text && before->constants == now->constants);
}

std::string stream_text(const std::optional<StreamLocation>& stream) {
  if (!stream) return "";
  std::string text(to_string(stream->kind));
  for (const auto& [name, value] : stream->options) text += fmt::format(" {}={}", name, value);
  return text;
}

void compare_columns(const SourceDefinition& before, const SourceDefinition& now, SourceParts& parts) {
  std::map<std::string, ScalarType> types;
  for (const ColumnDefinition& column : before.columns) types[column.name] = column.type;
  for (const ColumnDefinition& column : now.columns) {
    const auto was = types.find(column.name);
    if (was == types.end()) {
      parts.add(fmt::format("column {}: added", column.name), "");
    } else {
      parts.compare("column " + column.name, std::string(to_string(was->second)), std::string(to_string(column.type)),
                    kOtherColumns);
      types.erase(was);
    }
  }
  for (const auto& [name, type] : types) parts.add(fmt::format("column {}: removed", name), "");
}

ChangedSource compared(const SourceDefinition& before, const SourceDefinition& now) {
  SourceParts parts(now.name);
  parts.compare("entity", before.entity, now.entity, kOtherEvents);
  parts.compare("event_time", before.event_time, now.event_time, kOtherEvents);
  const auto unit_text = [](const std::optional<TimeUnit>& unit) { return unit ? std::string(to_string(*unit)) : ""; };
  parts.compare("unit", unit_text(before.unit), unit_text(now.unit), kOtherEvents);
  parts.compare("arrival", before.arrival.value_or(""), now.arrival.value_or(""),
                "ties are in another order: the features that can tell ties apart mean something else");
  parts.compare("id", identity_text(before.identity), identity_text(now.identity), kOtherEvents);
  compare_columns(before, now, parts);

  parts.compare("batch", batch_text(before.batch), batch_text(now.batch), kOtherFiles);
  if (!is_read_alike(before.batch, now.batch)) parts.add("batch: the form of its files", kOtherFiles);
  parts.compare("stream", stream_text(before.stream), stream_text(now.stream), kOtherStream);
  parts.compare("allowed_lateness", to_string(before.allowed_lateness), to_string(now.allowed_lateness),
                kOtherLateness);
  if (before.description != now.description) parts.add("description", "");
  return parts.take();
}

}  // namespace

std::vector<ChangedSource> source_changes(const Repository& before, const Repository& now) {
  std::vector<ChangedSource> changes;
  for (const SourceDefinition& source : now.sources) {
    const SourceDefinition* const was = before.find_source(source.name);
    ChangedSource change = was == nullptr ? ChangedSource{source.name, {"added"}, {}, {}} : compared(*was, source);
    if (!change.changes.empty()) changes.push_back(std::move(change));
  }
  for (const SourceDefinition& source : before.sources) {
    if (now.find_source(source.name) == nullptr) changes.push_back({source.name, {"removed"}, {}, {}});
  }
  return changes;
}

}  // namespace headrace

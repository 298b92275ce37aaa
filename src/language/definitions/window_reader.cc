#include "language/definitions/documents.h"
#include "language/definitions/duration_help.h"
#include "language/diagnostics/codes.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

constexpr int64_t kLastMax = 10'000;
constexpr std::string_view kForms =
    "a window is a duration (24h), `lifetime`, {size: 24h}, {last: 100}, {tumbling: 1h} or {session: 30m}";
/// Any two timestamps are closer than this: the years 1 to 9999, 3,652,059 days.
constexpr int64_t kAllTimeMicros = kTimestampMicrosMax - kTimestampMicrosMin + 1;
const std::vector<std::string> kFormKeys = {"size", "last", "tumbling", "session"};

void report_misplaced(std::string_view code, Fields& fields, std::string_view key, std::string_view goes_with) {
  for (size_t i = 0; i + 1 < fields.mapping().items.size(); i += 2) {
    const YamlNode& node = *fields.mapping().items[i];
    if (node.text != key) continue;
    Diagnostic problem = make_diagnostic(code, fmt::format("`{}` goes with {} only", key, goes_with), node.span());
    problem.help = fmt::format("remove `{}`", key);
    fields.diagnostics().add(std::move(problem));
  }
}

std::optional<Closed> read_closed(Fields& fields) {
  const auto word = fields.optional_word("closed", {"right", "left", "both", "neither"});
  if (!word) return Closed::kRight;
  return *word == "left"      ? Closed::kLeft
         : *word == "both"    ? Closed::kBoth
         : *word == "neither" ? Closed::kNeither
                              : Closed::kRight;
}

/// The key that gives a mapping its form; empty when it was none or several, which has been reported.
std::string form_of(const YamlNode& node, Diagnostics& diagnostics) {
  std::string form;
  size_t count = 0;
  for (const std::string& key : kFormKeys) {
    if (node.find(key) == nullptr) continue;
    form = key;
    ++count;
  }
  if (count == 1) return form;
  Diagnostic problem = make_diagnostic("W001",
                                       count == 0 ? "this window has none of `size`, `last`, `tumbling` and `session`"
                                                  : "a window has only one of `size`, `last`, `tumbling` and `session`",
                                       node.span());
  problem.help = kForms;
  diagnostics.add(std::move(problem));
  return "";
}

/// The same grid for all timestamps with steps of kAllTimeMicros: at most one point of it is a timestamp.
void shorten_grid(WindowSpec& window) {
  const int64_t above = window.offset.us % window.size.us;
  const int64_t point = above <= kTimestampMicrosMax ? above : above - window.size.us;
  window.size.us = kAllTimeMicros;
  window.offset.us = !is_valid_timestamp(point) ? kTimestampMicrosMax + 1 : point < 0 ? point + kAllTimeMicros : point;
}

/// Windows longer than all time cover what those as long as all time cover, and edges of these stay within 64 bits.
WindowSpec within_all_time(WindowSpec window) {
  if (window.kind == WindowSpec::Kind::kSize) {
    window.size.us = std::min(window.size.us, kAllTimeMicros);
    window.offset.us = std::min(window.offset.us, kAllTimeMicros);
  } else if (window.kind == WindowSpec::Kind::kTumbling && window.size.us > kAllTimeMicros) {
    shorten_grid(window);
  } else if (window.kind == WindowSpec::Kind::kTumbling && window.offset.us > kAllTimeMicros) {
    window.offset.us %= window.size.us;
  }
  return window;
}

std::optional<WindowSpec> read_mapping(const YamlNode& node, Diagnostics& diagnostics) {
  const size_t errors = diagnostics.error_reports();
  Fields fields(node, "window", node.span(), {"size", "last", "tumbling", "session", "closed", "offset"}, diagnostics);
  if (diagnostics.error_reports() != errors) return std::nullopt;
  const std::string form = form_of(node, diagnostics);
  if (form.empty()) return std::nullopt;

  WindowSpec window;
  if (form == "last") {
    window.kind = WindowSpec::Kind::kLast;
    if (const auto last = fields.optional_integer("last")) {
      if (*last < 1 || *last > kLastMax) report_range(*node.find("last"), "`last`", "1 to 10,000", diagnostics);
      window.last = static_cast<int>(*last);
    }
  } else {
    window.kind = form == "size"       ? WindowSpec::Kind::kSize
                  : form == "tumbling" ? WindowSpec::Kind::kTumbling
                                       : WindowSpec::Kind::kSession;
    if (const auto size = fields.optional_duration(form)) window.size = *size;
  }

  // What belongs to some forms only.
  if (window.kind == WindowSpec::Kind::kSize) {
    window.closed = read_closed(fields).value_or(Closed::kRight);
  } else if (node.find("closed") != nullptr) {
    report_misplaced("W002", fields, "closed", "`size`");
  }
  if (window.kind == WindowSpec::Kind::kSize || window.kind == WindowSpec::Kind::kTumbling) {
    const YamlNode* offset = node.find("offset");
    const bool is_zero = offset != nullptr && offset->is_scalar() && offset->text == "0s";
    if (const auto duration = is_zero ? std::nullopt : fields.optional_duration("offset")) window.offset = *duration;
  } else if (node.find("offset") != nullptr) {
    report_misplaced("W003", fields, "offset", "`size` and `tumbling`");
  }

  if (diagnostics.error_reports() != errors) return std::nullopt;
  return within_all_time(window);
}

/// A duration or `lifetime`.
std::optional<WindowSpec> read_word_window(const YamlNode& node, Diagnostics& diagnostics) {
  if (is_broken(node, diagnostics)) return std::nullopt;
  if (node.text == "lifetime") return WindowSpec{};
  if (const auto size = parse_duration(node.text))
    return within_all_time({.kind = WindowSpec::Kind::kSize, .size = *size});
  Diagnostic problem = make_diagnostic("W001", fmt::format("`{}` is not a window", node.text), node.span());
  const Value value = resolve_scalar(node);
  const auto* integer = std::get_if<int64_t>(&value.data);
  problem.help = integer != nullptr && *integer > 0
                     ? fmt::format("a duration has a unit: {0}s, {0}m, {0}h or {0}d", *integer)
                     : help_for_duration(node.text);
  if (problem.help.empty()) problem.help = kForms;
  diagnostics.add(std::move(problem));
  return std::nullopt;
}

WrittenWindow read_listed(const YamlNode& node, Diagnostics& diagnostics) {
  if (node.is_scalar()) return {node.text, read_word_window(node, diagnostics), node.span()};
  Diagnostic problem = make_diagnostic(
      "W004", fmt::format("a listed window is a duration or `lifetime`, but this is {}", describe_kind(node)),
      node.span());
  problem.help = "give this window a feature of its own, because a name must follow from it";
  diagnostics.add(std::move(problem));
  return {"", std::nullopt, node.span()};
}

}  // namespace

std::vector<WrittenWindow> read_windows(const YamlNode& node, Diagnostics& diagnostics) {
  if (node.is_scalar()) return {{"", read_word_window(node, diagnostics), node.span()}};
  if (node.is_mapping()) return {{"", read_mapping(node, diagnostics), node.span()}};
  if (is_too_long(node, "`window`", kCombinationItemsMax, diagnostics)) return {{"", std::nullopt, node.span()}};
  std::vector<WrittenWindow> windows;
  for (const YamlNodePtr& item : node.items) windows.push_back(read_listed(*item, diagnostics));
  for (size_t i = 0; i < windows.size(); ++i) {
    const auto first = std::find_if(windows.begin(), windows.begin() + static_cast<ptrdiff_t>(i),
                                    [&](const WrittenWindow& each) { return each.word == windows[i].word; });
    if (first == windows.begin() + static_cast<ptrdiff_t>(i) || windows[i].word.empty()) continue;
    Diagnostic problem =
        make_diagnostic("F031", fmt::format("the window `{}` is listed twice", windows[i].word), windows[i].span);
    problem.related.push_back({first->span, "first here"});
    diagnostics.add(std::move(problem));
  }
  if (windows.empty()) {
    diagnostics.add(make_diagnostic("D007", "the list `window` is empty", node.span()));
    windows.push_back({"", std::nullopt, node.span()});
  }
  return windows;
}

}  // namespace headrace

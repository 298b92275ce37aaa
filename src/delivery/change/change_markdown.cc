#include "delivery/change/change_text.h"
#include "delivery/change/compare_versions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace {
namespace {

/// Of one table cell or line: nothing in it is a mark, a link, a mention or HTML.
std::string plain_markdown(std::string_view text) {
  std::string out;
  for (const char each : text) {
    switch (each) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '@': out += "&#64;"; break;
      case '#': out += "&#35;"; break;
      case ':': out += "&#58;"; break;  // no address becomes a link
      case '\n':
      case '\r':
      case '\t': out += ' '; break;
      case '`': out += "&#96;"; break;
      case '|': out += "&#124;"; break;

      // What a backslash makes plain.
      case '\\':
      case '*':
      case '_':
      case '[':
      case ']':
      case '!':
      case '~':
        out += '\\';
        out += each;
        break;
      default:
        if (static_cast<unsigned char>(each) >= 0x20 && each != 0x7f) out += each;
    }
  }
  return out;
}

std::string joined_markdown(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& each : texts) out += (out.empty() ? "" : "; ") + plain_markdown(each);
  return out;
}

std::string values_markdown(const ValueReport& values) {
  std::string out = fmt::format("\n### Values\n\n{:.3g} % of the keys, {} rows", values.sample * 100.0, values.rows);
  if (values.start && values.end) out += fmt::format(", {} to {}", to_string(*values.start), to_string(*values.end));
  out += ".\n\n| feature | difference | mean before | mean now | where |\n|---|---|---|---|---|\n";
  for (const ValueDifference& each : values.features) {
    out +=
        fmt::format("| {} | {} | {} | {} | {} |\n", plain_markdown(each.feature), plain_markdown(difference_text(each)),
                    each.before ? fmt::format("{:.6g}", each.before->mean) : "",
                    each.now ? fmt::format("{:.6g}", each.now->mean) : "", plain_markdown(segment_text(each)));
  }
  return out;
}

}  // namespace

std::string to_markdown(const DefinitionChange& change) {
  std::string out = "## Features\n\n" + plain_markdown(head_line(change)) + "\n";
  if (!change.problems.empty()) {
    out += "\n**Not to be applied as it stands:**\n\n";
    for (const std::string& problem : change.problems) out += "- " + plain_markdown(problem) + "\n";
  }
  if (!change.features.empty()) out += "\n| feature | version | change | why | state |\n|---|---|---|---|---|\n";
  for (const FeatureChange& each : change.features) {
    out += fmt::format("| {} | {} | {} | {} | {} |\n", plain_markdown(each.feature), plain_markdown(version_text(each)),
                       to_string(each.kind), joined_markdown(each.reasons), each.state ? to_string(*each.state) : "");
  }
  if (!change.sources.empty()) out += "\n| source | change | effect | read by |\n|---|---|---|---|\n";
  for (const ChangedSource& each : change.sources) {
    out += fmt::format("| {} | {} | {} | {} |\n", plain_markdown(each.source), joined_markdown(each.changes),
                       joined_markdown(each.effects), each.features.size());
  }

  if (change.values) out += values_markdown(*change.values);
  if (!change.owners.empty()) {
    out += "\n### Whom it concerns\n\n";
    for (const OwnerChange& each : change.owners) {
      out += fmt::format("- {}: {} {}\n", plain_markdown(each.owner), each.features,
                         each.features == 1 ? "feature" : "features");
    }
  }
  if (!change.work.empty()) {
    out += "\n### To backfill\n\n";
    for (const BackfillWork& each : change.work) out += "- " + plain_markdown(work_text(each)) + "\n";
  }
  if (!change.notes.empty()) out += "\n";
  for (const std::string& note : change.notes) out += "- " + plain_markdown(note) + "\n";
  return out + fmt::format("\nplan {}\n", change.digest.substr(0, 12));
}

}  // namespace headrace

#include "delivery/change/change_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace headrace {
namespace {

constexpr std::string_view kPageStyle = R"css(
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#6a737d;--line:#d0d7de;--page:#fff;--before:#8c959f;--now:#0969da;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9198a1;--line:#3d444d;--page:#0d1117;--before:#8b949e;--now:#58a6ff;--bad:#ff7b72}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:64rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid var(--line);padding:.35rem .6rem;text-align:left;vertical-align:top}
th,.soft{color:var(--soft);font-weight:normal}.problem{color:var(--bad)}svg{width:100%;height:auto}
svg text{fill:var(--soft);font-size:11px}.before{stroke:var(--before);fill:var(--before)}.now{stroke:var(--now);fill:var(--now)}
)css";

std::string html_text(std::string_view text) {
  std::string out;
  for (const char each : text) {
    switch (each) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default:
        if (static_cast<unsigned char>(each) >= 0x20 && each != 0x7f) out += each;
        if (each == '\n' || each == '\t') out += ' ';
    }
  }
  return out;
}

std::string html_list(const std::vector<std::string>& texts, std::string_view style = "") {
  if (texts.empty()) return "";
  std::string out = style.empty() ? "<ul>\n" : fmt::format("<ul class=\"{}\">\n", style);
  for (const std::string& each : texts) out += "<li>" + html_text(each) + "</li>\n";
  return out + "</ul>\n";
}

std::string html_lines(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& each : texts) out += (out.empty() ? "" : "<br>") + html_text(each);
  return out;
}

/// The spread of one side: a line from 1 % to 99 %, a bar from 25 % to 75 %, a tick at the half.
std::string spread_svg(const NumbersOfSide& side, std::string_view style, double low, double scale, int y) {
  const auto x = [&](size_t at) { return 70.0 + (side.quantiles[at] - low) * scale; };
  return fmt::format(
      "<g class=\"{0}\"><line x1=\"{1:.1f}\" x2=\"{2:.1f}\" y1=\"{3}\" y2=\"{3}\"/>"
      "<rect x=\"{4:.1f}\" width=\"{5:.1f}\" y=\"{6}\" height=\"12\" fill-opacity=\".35\"/>"
      "<line x1=\"{7:.1f}\" x2=\"{7:.1f}\" y1=\"{8}\" y2=\"{9}\" stroke-width=\"2\"/></g>"
      "<text x=\"0\" y=\"{10}\">{0}</text>\n",
      style, x(0), x(6), y, x(2), std::max(1.0, x(4) - x(2)), y - 6, x(3), y - 9, y + 9, y + 4);
}

/// Both sides over one axis; nothing where they are no numbers.
std::string spreads_svg(const ValueDifference& each) {
  constexpr size_t kPlaces = std::size(kComparedQuantiles);
  if (!each.before || !each.now || each.before->quantiles.size() != kPlaces || each.now->quantiles.size() != kPlaces)
    return "";
  const double low = std::min(each.before->quantiles.front(), each.now->quantiles.front());
  const double high = std::max(each.before->quantiles.back(), each.now->quantiles.back());
  if (!std::isfinite(high - low)) return "";
  const double scale = high > low ? 520.0 / (high - low) : 0.0;
  std::string out =
      fmt::format("<svg viewBox=\"0 0 600 76\" role=\"img\" aria-label=\"spread of {} before and now\">\n",
                  html_text(each.feature));
  out += spread_svg(*each.before, "before", low, scale, 16) + spread_svg(*each.now, "now", low, scale, 42);
  return out + fmt::format(
                   "<text x=\"70\" y=\"70\">{:.6g}</text><text x=\"590\" y=\"70\" text-anchor=\"end\">{:.6g}</text>"
                   "</svg>\n",
                   low, high);
}

std::string difference_html(const ValueDifference& each) {
  std::string out = fmt::format("<h3>{}</h3>\n<p>{}</p>\n", html_text(each.feature), html_text(difference_text(each)));
  if (each.differing == 0) return out;
  if (const std::string where = segment_text(each); !where.empty()) out += "<p>" + html_text(where) + "</p>\n";
  out += spreads_svg(each);
  out += "<table><tr><th>key</th><th>time</th><th>before</th><th>now</th></tr>\n";
  for (const WorstRow& row : each.worst) {
    out += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", html_text(row.key),
                       to_string(row.time), html_text(to_json(row.before)), html_text(to_json(row.now)));
  }
  return out + "</table>\n";
}

std::string features_html(const DefinitionChange& change) {
  if (change.features.empty()) return "";
  std::string out =
      "<table><tr><th>feature</th><th>version</th><th>change</th><th>why</th><th>state</th><th>owner</th></tr>\n";
  for (const FeatureChange& each : change.features) {
    out += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                       html_text(each.feature), html_text(version_text(each)), to_string(each.kind),
                       html_lines(each.reasons), each.state ? to_string(*each.state) : "", html_text(each.owner));
  }
  return out + "</table>\n";
}

std::string sources_html(const DefinitionChange& change) {
  if (change.sources.empty()) return "";
  std::string out = "<h2>Sources</h2>\n<table><tr><th>source</th><th>change</th><th>effect</th><th>read by</th></tr>\n";
  for (const ChangedSource& each : change.sources) {
    out += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", html_text(each.source),
                       html_lines(each.changes), html_lines(each.effects), html_lines(each.features));
  }
  return out + "</table>\n";
}

}  // namespace

std::string to_html(const DefinitionChange& change) {
  const std::string title = html_text("Changes of " + change.project + " against " + change.base.name);
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\">\n<title>" +
      title + "</title>\n<style>" + std::string(kPageStyle) + "</style></head><body>\n";
  out += "<h1>" + title + "</h1>\n<p>" + html_text(head_line(change)) + "</p>\n";
  if (!change.problems.empty()) {
    out += "<h2 class=\"problem\">Not to be applied as it stands</h2>\n" + html_list(change.problems, "problem");
  }
  out += features_html(change) + sources_html(change);

  if (change.values) {
    const ValueReport& values = *change.values;
    out += fmt::format("<h2>Values</h2>\n<p class=\"soft\">{:.3g} % of the keys, {} rows", values.sample * 100.0,
                       values.rows);
    if (values.start && values.end) out += fmt::format(", {} to {}", to_string(*values.start), to_string(*values.end));
    out += "</p>\n";
    for (const ValueDifference& each : values.features) out += difference_html(each);
  }
  std::vector<std::string> owners;
  for (const OwnerChange& each : change.owners) owners.push_back(fmt::format("{}: {}", each.owner, each.features));
  if (!owners.empty()) out += "<h2>Owners whose readers may notice</h2>\n" + html_list(owners);
  std::vector<std::string> work;
  for (const BackfillWork& each : change.work) work.push_back(work_text(each));
  if (!work.empty()) out += "<h2>To backfill</h2>\n" + html_list(work);
  out += html_list(change.notes);
  return out + fmt::format("<p class=\"soft\">plan {} from {} to {}</p>\n</body></html>\n", change.digest,
                           change.digest_before, change.digest_now);
}

}  // namespace headrace

"use strict";
// The page: which feature of which entity is shown, for which time, and what the mouse says about it.

const element = (id) => document.getElementById(id);
const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const state = { entity: 0, feature: 0, key: 0 };
const DURATIONS = [["w", 7 * DAY], ["d", DAY], ["h", HOUR], ["m", MINUTE], ["s", 1000], ["ms", 1]];

// The visible time, the instant under the mouse and what is being dragged; shared by all charts.
class View {
  constructor(entity) {
    this.span = { start: entity.start / 1000, step: entity.step / 1000, count: entity.count };
    this.end = this.span.start + this.span.count * this.span.step;
    this.at = this.drag = this.window = null;
    this.charts = [];
    this.show(this.span.start, this.end);
  }
  show(from, to) {
    const least = 8 * this.span.step, size = Math.min(Math.max(to - from, least), this.end - this.span.start);
    this.from = Math.min(Math.max(from, this.span.start), this.end - size);
    this.to = this.from + size;
  }
  stepAt(time) { return Math.floor((time - this.span.start) / this.span.step); }
  steps() { return [this.stepAt(this.from), this.stepAt(this.to)]; }
  draw() { for (const chart of this.charts) chart.draw(); }

  listen(canvas, chart) {
    const timeOf = (event) => Math.min(Math.max(chart.timeAt(event.offsetX), this.from), this.to);
    canvas.onpointermove = (event) => {
      this.at = timeOf(event);
      if (this.drag) this.drag[1] = this.at;
      this.draw();
      tell(event.clientX, event.clientY);
    };
    canvas.onpointerdown = (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.drag = [timeOf(event), timeOf(event)];
    };
    canvas.onpointerup = (event) => {
      const [from, to] = (this.drag || [0, 0]).slice().sort((a, b) => a - b);
      this.drag = null;
      if (chart.x(to) - chart.x(from) > 6) this.show(from, to);
      remember();
      this.draw();
    };
    canvas.onpointerleave = () => {
      element("readout").hidden = true;
      if (this.drag) return;
      this.at = null;
      this.draw();
    };
    canvas.ondblclick = () => { this.show(this.span.start, this.end); remember(); this.draw(); };
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      const at = timeOf(event), factor = event.deltaY > 0 ? 1.25 : 0.8;
      this.show(at - (at - this.from) * factor, at + (this.to - at) * factor);
      remember();
      this.draw();
    }, { passive: false });
  }
}

let view = null, shown = [];

function entity() { return CONTENT.entities[state.entity]; }
function feature() { return entity().features[state.feature]; }

function durationText(time) {
  const [unit, size] = DURATIONS.find(([unit, size]) => time % size === 0 && (unit !== "d" || time >= 2 * DAY) && unit !== "w");
  return `${time / size} ${{ d: "days", h: "h", m: "min", s: "s", ms: "ms" }[unit]}`;
}

// What a window covers at an instant, as [from, to], or null where it depends on the events.
function windowAt(window) {
  if (!window) return null;
  const size = (window.size_us || 0) / 1000, offset = (window.offset_us || 0) / 1000;
  if (window.kind === "size") return (at) => [at - offset - size, at - offset];
  if (window.kind === "lifetime") return (at) => [-Infinity, at];
  if (window.kind === "tumbling") {
    return (at) => { const end = Math.floor((at - offset) / size) * size + offset; return [end - size, end]; };
  }
  return null;
}

function windowText(window) {
  if (!window) return "at the same instant";
  const offset = window.offset_us ? `, ${durationText(window.offset_us / 1000)} ago` : "";
  if (window.kind === "size") return durationText(window.size_us / 1000) + (window.closed === "right" ? "" : `, closed ${window.closed}`) + offset;
  if (window.kind === "tumbling") return `last whole ${durationText(window.size_us / 1000)}`;
  if (window.kind === "session") return `session, gap ${durationText(window.gap_us / 1000)}`;
  if (window.kind === "last") return `last ${window.last} events`;
  return window.kind;
}

function seriesOf(id) {
  const packed = entity().keys[state.key].series[id];
  return packed ? new Series(packed, view.span) : null;
}

function build() {
  const it = feature();
  element("name").textContent = it.name;
  element("description").textContent = it.description;
  const facts = [["version", it.version], ["owner", it.owner], ["aggregation", it.aggregation], ["window", windowText(it.window)]];
  const code = [["formula", it.formula], ["filter", it.filter]].filter(([, text]) => text);
  element("facts").innerHTML = facts.map(([name, text]) => `<div><dt>${name}</dt><dd>${escaped(text)}</dd></div>`).join("") +
    code.map(([name, text]) => `<div><dt>${name}</dt><dd><code>${escaped(text)}</code></dd></div>`).join("");
  view.window = windowAt(it.window);
  view.charts = [];
  shown = [];
  element("charts").textContent = "";
  const series = seriesOf(`feature ${it.name}`), behind = it.same_unit && it.behind ? seriesOf(it.behind) : null;
  const layers = [behind && { series: behind, kind: "raw", name: "at each event" }, series && { series, kind: "feature", name: it.name }].filter(Boolean);
  addChart(it.name, 320, layers, [it.low, it.high]);
  for (const panel of it.panels) {
    const values = seriesOf(panel.id);
    if (values) addChart(panel.label, 132, [{ series: values, kind: "raw", name: panel.label }], [null, null]);
  }
  legend(it, layers);
  checks(it);
  lists();
  view.draw();
}

function addChart(title, height, layers, limits) {
  const chart = new Chart(element("charts"), title, height, layers, limits, view);
  view.charts.push(chart);
  shown.push(...layers);
}

function legend(it, layers) {
  const entry = (style, text) => `<span><i style="${style}"></i>${escaped(text)}</span>`;
  const parts = [entry("background:var(--feature);height:4px;vertical-align:3px", `feature: mean of each ${durationText(view.span.step)}, area: least to greatest`)];
  if (layers.some((layer) => layer.kind === "raw")) parts.push(entry("background:var(--raw)", "formula's value at each event"));
  if (view.window) parts.push(entry("background:var(--window);opacity:.5", "window at the instant under the mouse"));
  if (it.low !== null || it.high !== null) {
    parts.push(entry("background:var(--band);opacity:.35", `range check (${it.severity}): ${it.low ?? "−∞"} to ${it.high ?? "∞"}`));
    parts.push(entry("background:var(--bad);width:9px;height:9px;border-radius:50%", "outside"));
  }
  element("legend").innerHTML = parts.join("");
}

function checks(it) {
  const mine = CONTENT.verdicts.filter((check) => check.feature === it.name);
  const number = (value) => (value === undefined ? "" : value.toLocaleString("en"));
  const offenders = (check) => check.verdict === "pass" ? "" :
    check.offenders.map((each) => `${each.entity} · ${each.time.slice(0, 16).replace("T", " ")} · ${JSON.stringify(each.value)}`).map(escaped).join("<br>");
  element("checks").innerHTML = mine.length ? `<table><tr><th>Check, all entities<th>Verdict<th>Holds when<th>Looked at<th>Failed</tr>${mine.map((check) =>
    `<tr><td>${escaped(check.check)}<td><span class="dot ${check.verdict}"></span>${escaped(check.verdict)}<td>${escaped(check.condition)}` +
    `<div class="offenders">${offenders(check) || escaped(check.reason || "")}</div><td class="number">${number(check.looked_at)}<td class="number">${number(check.failed)}</tr>`).join("")}</table>` : "";
}

function verdict(name) {
  const verdicts = CONTENT.verdicts.filter((check) => check.feature === name).map((check) => check.verdict);
  return ["fail", "warn", "pass"].find((each) => verdicts.includes(each)) || "";
}

function lists() {
  element("features").innerHTML = CONTENT.entities.map((each, e) => `<h2>${escaped(each.name)}</h2>` + each.features.map((it, f) =>
    `<a href="#" data-e="${e}" data-f="${f}" title="${escaped(it.description)}"${e === state.entity && f === state.feature ? " aria-current=true" : ""}>` +
    `<span class="dot ${verdict(it.name)}"></span><span>${escaped(it.name)}</span></a>`).join("")).join("");
  const name = feature().name;
  element("key").innerHTML = entity().keys.map((key, k) =>
    `<option value="${k}"${k === state.key ? " selected" : ""}>${escaped(key.label)}${key.series[`feature ${name}`]?.bad ? " ●" : ""}</option>`).join("");
}

function tell(x, y) {
  const step = view.stepAt(view.at), box = element("readout");
  const rows = shown.map(({ series, name }) => series.has(step)
    ? `<tr><td>${escaped(name)}<td>${series.text(series.mean(step))}<td>${series.least(step) === series.most(step) ? "" : `${series.text(series.least(step))} … ${series.text(series.most(step))}`}`
    : `<tr><td>${escaped(name)}<td>–<td>`);
  const range = view.window && view.window(view.at);
  const bad = shown.find((layer) => layer.kind === "feature")?.series.bad.get(step);
  box.innerHTML = `<b>${timeText(view.at)}</b> UTC<table>${rows.join("")}</table>` +
    (range ? `<div class="note">window ${range[0] === -Infinity ? "since ever" : timeText(range[0])} to ${timeText(range[1])}</div>` : "") +
    (bad ? `<div class="bad">${bad.toLocaleString("en")} values outside the limits here</div>` : "");
  box.hidden = false;
  box.style.left = `${x + 18 + box.offsetWidth > innerWidth ? x - 18 - box.offsetWidth : x + 18}px`;
  box.style.top = `${Math.min(y + 14, innerHeight - box.offsetHeight - 8)}px`;
}

function spans() {
  const all = view.end - view.span.start;
  const choices = [["1d", DAY], ["1w", 7 * DAY], ["30d", 30 * DAY], ["90d", 90 * DAY]].filter(([, size]) => size < all && size >= 8 * view.span.step);
  element("spans").innerHTML = [...choices, ["all", all]].map(([text, size]) => `<button data-size="${size}">${text}</button>`).join("");
}

// The state is in the address, so that a view can be sent to a colleague.
function remember() {
  const parts = { feature: feature().name, key: entity().keys[state.key].label, from: new Date(view.from).toISOString(), to: new Date(view.to).toISOString() };
  history.replaceState(null, "", `#${new URLSearchParams(parts)}`);
}

function open(e, f, k) {
  const [from, to] = view ? [view.from, view.to] : [0, 0], before = state.entity;
  Object.assign(state, { entity: e, feature: f, key: k });
  if (!view || before !== e) view = new View(entity());
  if (from && before !== e) view.show(from, to);
  spans();
  build();
}

function openAddress() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  let [e, f] = [0, 0];
  CONTENT.entities.forEach((each, i) => each.features.forEach((it, j) => { if (it.name === wanted.get("feature")) [e, f] = [i, j]; }));
  open(e, f, Math.max(0, CONTENT.entities[e].keys.findIndex((key) => key.label === wanted.get("key"))));
  if (wanted.get("from")) view.show(Date.parse(wanted.get("from")), Date.parse(wanted.get("to")));
  if (wanted.get("at")) view.at = Date.parse(wanted.get("at"));
  view.draw();
  if (view.at !== null) {
    const box = view.charts[0].canvas.getBoundingClientRect();
    tell(box.left + view.charts[0].x(view.at), box.bottom - 112);
  }
}

function dark(is) { document.documentElement.dataset.theme = is ? "dark" : "light"; }

element("title").textContent = document.title = CONTENT.title;
dark(new URLSearchParams(location.hash.slice(1)).get("theme") === "dark" || matchMedia("(prefers-color-scheme: dark)").matches);
element("theme").onclick = () => { dark(document.documentElement.dataset.theme !== "dark"); view.draw(); };
element("key").onchange = (event) => { open(state.entity, state.feature, +event.target.value); remember(); };
element("features").onclick = (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  const e = +link.dataset.e;
  open(e, +link.dataset.f, e === state.entity ? state.key : 0);
  remember();
};
element("spans").onclick = (event) => {
  const size = +event.target.dataset.size;
  if (!size) return;
  const middle = (view.from + view.to) / 2;
  view.show(middle - size / 2, middle + size / 2);
  remember();
  view.draw();
};
addEventListener("keydown", (event) => {
  if (event.target.tagName === "SELECT" || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  const step = ((event.key === "ArrowLeft" ? -1 : 1) * (view.to - view.from)) / 4;
  view.show(view.from + step, view.to + step);
  remember();
  view.draw();
});
addEventListener("resize", () => view.draw());
openAddress();

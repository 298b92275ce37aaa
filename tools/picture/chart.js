"use strict";
// Series of the page and the drawing of one chart. Times are milliseconds of UTC.

const NOTHING = 65535;

// A thinned series: for each step of the page's time its least, greatest and mean value, or nothing.
class Series {
  constructor(packed, span) {
    this.span = span;
    const bytes = Uint8Array.from(atob(packed.data), (c) => c.charCodeAt(0));
    const cells = new Uint16Array(bytes.buffer);
    this.rows = [0, 1, 2].map((row) => cells.subarray(row * span.count, (row + 1) * span.count));
    this.low = packed.low;
    this.scale = (packed.high - packed.low) / 65534;
    this.bad = new Map(packed.bad || []);
  }
  has(step) { return step >= 0 && step < this.span.count && this.rows[0][step] !== NOTHING; }
  least(step) { return this.low + this.rows[0][step] * this.scale; }
  most(step) { return this.low + this.rows[1][step] * this.scale; }
  mean(step) { return this.low + this.rows[2][step] * this.scale; }
  // A value with no more digits than sixteen bits can tell.
  text(value) { return numberText(+value.toFixed(this.scale ? Math.min(12, Math.max(0, Math.floor(-Math.log10(this.scale)))) : 6)); }
  // Least and greatest value of the steps [from, to], or null.
  extent(from, to) {
    let low = Infinity, high = -Infinity;
    for (let step = Math.max(0, from); step <= Math.min(to, this.span.count - 1); step++) {
      if (!this.has(step)) continue;
      low = Math.min(low, this.least(step));
      high = Math.max(high, this.most(step));
    }
    return low <= high ? [low, high] : null;
  }
}

const MINUTE = 60e3, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function pad(number) { return String(number).padStart(2, "0"); }

function timeText(time) { return new Date(time).toISOString().slice(0, 16).replace("T", " "); }

function tickText(time, step) {
  const date = new Date(time);
  const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
  if (step >= DAY || time % DAY === 0) return day;
  return `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}`;
}

function timeTicks(from, to, most) {
  if ((to - from) / most > 12 * DAY) return monthTicks(from, to);
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 5760, 10080, 20160].map((m) => m * MINUTE);
  const step = steps.find((each) => (to - from) / each <= most) || steps[steps.length - 1];
  const ticks = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push([at, tickText(at, step)]);
  return ticks;
}

function monthTicks(from, to) {
  const ticks = [];
  const date = new Date(from);
  for (let month = date.getUTCMonth() + 1; ; month++) {
    const at = Date.UTC(date.getUTCFullYear(), month, 1);
    if (at > to) return ticks;
    ticks.push([at, tickText(at, DAY)]);
  }
}

function valueTicks(low, high, most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
  const ticks = [];
  for (let n = Math.ceil(low / step); n * step <= high; n++) ticks.push(n * step);
  return [ticks, Math.max(0, -Math.floor(Math.log10(step) + 1e-9))];
}

function numberText(value) {
  const size = Math.abs(value);
  if (size >= 1000) return value.toLocaleString("en", { maximumFractionDigits: 0 });
  return String(+value.toPrecision(size >= 100 ? 5 : 4));
}

// One chart. `layers`: {series, kind: "raw" | "feature"}; `limits`: [low, high], either null.
class Chart {
  constructor(parent, title, height, layers, limits, view) {
    Object.assign(this, { layers, limits, view, height });
    const card = parent.appendChild(document.createElement("div"));
    card.className = "chart";
    card.innerHTML = "<h3><span></span><output></output></h3><canvas></canvas>";
    card.querySelector("span").textContent = title;
    this.output = card.querySelector("output");
    this.canvas = card.querySelector("canvas");
    this.canvas.style.height = `${height}px`;
    view.listen(this.canvas, this);
  }

  left() { return 58; }
  right() { return this.canvas.clientWidth - 12; }
  x(time) { return this.left() + ((time - this.view.from) / (this.view.to - this.view.from)) * (this.right() - this.left()); }
  timeAt(x) { return this.view.from + ((x - this.left()) / (this.right() - this.left())) * (this.view.to - this.view.from); }
  y(value) { return this.bottom - ((value - this.low) / (this.high - this.low)) * (this.bottom - this.top); }

  draw() {
    const ratio = window.devicePixelRatio || 1, width = this.canvas.clientWidth;
    this.canvas.width = width * ratio;
    this.canvas.height = this.height * ratio;
    const pen = this.pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.font = '11.5px system-ui, "DejaVu Sans", sans-serif';
    const style = getComputedStyle(document.documentElement);
    this.color = (name) => style.getPropertyValue(`--${name}`).trim();
    this.top = 8;
    this.bottom = this.height - 22;
    this.scaleValues();
    this.drawWindow();
    this.drawGrid();
    pen.save();
    pen.beginPath();
    pen.rect(this.left(), this.top - 4, this.right() - this.left(), this.bottom - this.top + 8);
    pen.clip();
    this.drawLimits();
    for (const layer of this.layers) this.drawLayer(layer);
    for (const layer of this.layers) this.drawBad(layer);
    this.drawCursor();
    pen.restore();
  }

  scaleValues() {
    const [from, to] = this.view.steps();
    const extents = this.layers.map((layer) => layer.series.extent(from, to)).filter(Boolean);
    let low = Math.min(...extents.map((each) => each[0])), high = Math.max(...extents.map((each) => each[1]));
    if (!extents.length) [low, high] = [0, 1];
    const reach = (high - low) * 1.2 || Math.abs(high) || 1;
    for (const limit of this.limits) {  // A limit far away does not squeeze the values.
      if (limit === null || limit < low - reach || limit > high + reach) continue;
      low = Math.min(low, limit);
      high = Math.max(high, limit);
    }
    const margin = (high - low) * 0.06 || Math.abs(high) * 0.1 || 0.5;
    this.low = low - margin;
    this.high = high + margin;
  }

  drawGrid() {
    const pen = this.pen, [ticks, digits] = valueTicks(this.low, this.high, this.height > 200 ? 6 : 3);
    pen.strokeStyle = this.color("grid");
    pen.fillStyle = this.color("soft");
    pen.lineWidth = 1;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (const tick of ticks) {
      this.stroke([[this.left(), this.y(tick)], [this.right(), this.y(tick)]]);
      pen.fillText(Math.abs(tick) >= 1000 ? numberText(tick) : tick.toFixed(digits), this.left() - 8, this.y(tick));
    }
    pen.textAlign = "center";
    pen.textBaseline = "top";
    for (const [time, text] of timeTicks(this.view.from, this.view.to, (this.right() - this.left()) / 85)) {
      this.stroke([[this.x(time), this.top], [this.x(time), this.bottom]]);
      pen.fillText(text, Math.min(this.x(time), this.canvas.clientWidth - pen.measureText(text).width / 2 - 2), this.bottom + 6);
    }
  }

  drawLimits() {
    const [low, high] = this.limits, pen = this.pen;
    if (low === null && high === null) return;
    const top = high === null ? this.top - 4 : this.y(high), bottom = low === null ? this.bottom + 4 : this.y(low);
    pen.globalAlpha = 0.09;
    pen.fillStyle = this.color("band");
    pen.fillRect(this.left(), top, this.right() - this.left(), bottom - top);
    pen.globalAlpha = 0.9;
    pen.strokeStyle = this.color("band");
    pen.setLineDash([5, 4]);
    for (const limit of [low, high]) {
      if (limit !== null) this.stroke([[this.left(), this.y(limit)], [this.right(), this.y(limit)]]);
    }
    pen.setLineDash([]);
    pen.globalAlpha = 1;
  }

  // The span of least to greatest as an area, the mean as a line that breaks where there is nothing for long.
  drawLayer({ series, kind }) {
    const pen = this.pen, [from, to] = this.view.steps();
    for (const run of this.runs(series, from, to)) {
      pen.beginPath();
      for (const step of run) pen.lineTo(this.middle(step), this.y(series.most(step)) - 0.4);
      for (const step of [...run].reverse()) pen.lineTo(this.middle(step), this.y(series.least(step)) + 0.4);
      pen.closePath();
      pen.globalAlpha = kind === "raw" ? 0.42 : 0.25;
      pen.fillStyle = this.color(kind);
      pen.fill();
      pen.globalAlpha = kind === "raw" && this.layers.length > 1 ? 0.55 : 1;
      pen.strokeStyle = this.color(kind === "raw" ? "raw-line" : kind);
      pen.lineWidth = kind === "raw" ? 1 : 1.8;
      pen.lineJoin = "round";
      if (run.length === 1) run.push(run[0] + 0.001);
      this.stroke(run.map((step) => [this.middle(step), this.y(series.mean(Math.floor(step)))]));
      pen.globalAlpha = 1;
    }
  }

  runs(series, from, to) {
    const longest = Math.max(2, Math.ceil((3 * HOUR) / this.view.span.step));
    const runs = [];
    let last = -Infinity;
    for (let step = Math.max(0, from - 1); step <= Math.min(to + 1, series.span.count - 1); step++) {
      if (!series.has(step)) continue;
      if (step - last > longest) runs.push([]);
      runs[runs.length - 1].push(step);
      last = step;
    }
    return runs;
  }

  drawBad({ series, kind }) {
    if (kind !== "feature") return;
    const pen = this.pen, [low, high] = this.limits;
    pen.fillStyle = this.color("bad");
    for (const step of series.bad.keys()) {
      const value = high !== null && series.most(step) > high ? series.most(step) : series.least(step);
      pen.beginPath();
      pen.arc(this.middle(step), this.y(value), 2.6, 0, 7);
      pen.fill();
      pen.fillRect(this.middle(step) - 1, this.bottom, 2, 4);
    }
  }

  drawWindow() {
    const range = this.view.window && this.view.at !== null ? this.view.window(this.view.at) : null;
    if (!range) return;
    const pen = this.pen, from = Math.max(this.left(), this.x(range[0])), to = Math.min(this.right(), this.x(range[1]));
    if (to <= from) return;
    pen.globalAlpha = 0.2;
    pen.fillStyle = this.color("window");
    pen.fillRect(from, this.top - 4, Math.max(1, to - from), this.bottom - this.top + 8);
    pen.globalAlpha = 1;
  }

  drawCursor() {
    const pen = this.pen, { at, drag } = this.view;
    if (drag) {
      pen.globalAlpha = 0.18;
      pen.fillStyle = this.color("feature");
      pen.fillRect(this.x(drag[0]), this.top - 4, this.x(drag[1]) - this.x(drag[0]), this.bottom - this.top + 8);
      pen.globalAlpha = 1;
    }
    if (at === null) return;
    pen.strokeStyle = this.color("ink");
    pen.globalAlpha = 0.55;
    pen.lineWidth = 1;
    this.stroke([[this.x(at), this.top - 4], [this.x(at), this.bottom]]);
    pen.globalAlpha = 1;
    const step = this.view.stepAt(at);
    for (const { series, kind } of this.layers) {
      if (!series.has(step)) continue;
      pen.fillStyle = this.color(kind === "raw" ? "raw-line" : kind);
      pen.beginPath();
      pen.arc(this.x(at), this.y(series.mean(step)), 3.4, 0, 7);
      pen.fill();
    }
  }

  middle(step) { return this.x(this.view.span.start + (step + 0.5) * this.view.span.step); }

  stroke(points) {
    this.pen.beginPath();
    for (const [x, y] of points) this.pen.lineTo(x, y);
    this.pen.stroke();
  }
}

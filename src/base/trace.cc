#include "base/trace.h"

#include "base/clock.h"
#include "base/random_name.h"

#include <fmt/format.h>

#include <charconv>

namespace headrace {
namespace {

/// The innermost span that a thread has open.
thread_local OpenSpan* innermost = nullptr;

constexpr size_t kTraceDigits = 32;
constexpr size_t kSpanDigits = 16;
constexpr size_t kTraceparentBytes = 55;

/// Lower-case digits only, as the field has them.
std::optional<uint64_t> read_hex(std::string_view digits) {
  if (digits.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  uint64_t number = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  if (problem != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

/// Never 0, which stands for none.
uint64_t new_id() {
  const uint64_t bits = random_bits();
  return bits == 0 ? 1 : bits;
}

}  // namespace

std::string TraceContext::trace_id() const { return fmt::format("{:016x}{:016x}", trace_high, trace_low); }
std::string TraceContext::span_id() const { return fmt::format("{:016x}", span); }

std::optional<TraceContext> parse_traceparent(std::string_view text) {
  if (text.size() < kTraceparentBytes || text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  const auto version = read_hex(text.substr(0, 2));
  const auto high = read_hex(text.substr(3, kTraceDigits / 2));
  const auto low = read_hex(text.substr(3 + kTraceDigits / 2, kTraceDigits / 2));
  const auto span = read_hex(text.substr(36, kSpanDigits));
  const auto flags = read_hex(text.substr(53, 2));
  if (!version || !high || !low || !span || !flags) return std::nullopt;
  // Later versions may have more behind a further hyphen.
  const bool has_more = text.size() > kTraceparentBytes;
  if (*version == 0xff || (has_more && (*version == 0 || text[kTraceparentBytes] != '-'))) return std::nullopt;
  if ((*high == 0 && *low == 0) || *span == 0) return std::nullopt;
  return TraceContext{.trace_high = *high, .trace_low = *low, .span = *span, .is_sampled = (*flags & 1) != 0};
}

std::string to_traceparent(const TraceContext& context) {
  return fmt::format("00-{}-{}-{}", context.trace_id(), context.span_id(), context.is_sampled ? "01" : "00");
}

OpenSpan::OpenSpan(TraceSink* sink, std::string_view name, TraceSpan::Kind kind,
                   const std::optional<TraceContext>& caller) {
  if (sink == nullptr) return;
  TraceContext context;
  if (caller) {
    if (!caller->is_sampled) return;
    context = *caller;
  } else if (innermost != nullptr && innermost->is_on()) {
    begin(sink, name, innermost->context(), innermost->context().span);
    return;
  } else {
    context.trace_low = new_id();
    if (!sink->is_sampled(context.trace_low)) return;
    context.trace_high = new_id();
  }
  span_.kind = kind;
  begin(sink, name, context, caller ? caller->span : 0);
}

OpenSpan::OpenSpan(std::string_view name) {
  if (innermost != nullptr && innermost->is_on()) {
    begin(innermost->sink_, name, innermost->context(), innermost->context().span);
  }
}

void OpenSpan::begin(TraceSink* sink, std::string_view name, const TraceContext& context, uint64_t parent) {
  sink_ = sink;
  span_.name = name;
  span_.context = context;
  span_.context.span = new_id();
  span_.context.is_sampled = true;
  span_.parent = parent;
  span_.start_us = system_clock().now_us();
  start_elapsed_us_ = system_clock().elapsed_us();
  outer_ = innermost;
  innermost = this;
}

OpenSpan::~OpenSpan() {
  if (innermost == this) innermost = outer_;
  if (sink_ == nullptr) return;
  span_.took_us = system_clock().elapsed_us() - start_elapsed_us_;
  sink_->take(std::move(span_));
}

void OpenSpan::rename(std::string_view name) {
  if (is_on()) span_.name = name;
}

void OpenSpan::note(std::string_view what, TraceSpan::Note value) {
  if (is_on()) span_.notes.emplace_back(what, std::move(value));
}

void OpenSpan::drop() { sink_ = nullptr; }

}  // namespace headrace

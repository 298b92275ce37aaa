#pragma once

/// What took how long, as a part of what: spans of traces, as OpenTelemetry and W3C Trace Context have them.
///
///   OpenSpan request(&sink, "POST /v1/features:read", TraceSpan::Kind::kServer, context_of_the_caller);
///   ...
///   OpenSpan read("read features");    // deep below: a part of what this thread has open, nothing where that is nothing
///   read.note("features", 10);
///
/// A span tells names of ours, counts and statuses: never a value, a key or a text of the user.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace headrace {

/// Which span, of which trace; what a field `traceparent` holds.
struct TraceContext {
  uint64_t trace_high = 0;
  uint64_t trace_low = 0;
  uint64_t span = 0;
  bool is_sampled = false;

  /// 32 hexadecimal digits.
  std::string trace_id() const;
  /// 16 of them.
  std::string span_id() const;
};

/// "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01". Nothing for what is no such text.
std::optional<TraceContext> parse_traceparent(std::string_view text);
std::string to_traceparent(const TraceContext& context);

struct TraceSpan {
  enum class Kind { kInternal = 1, kServer = 2 };
  using Note = std::variant<int64_t, std::string>;

  std::string name;
  Kind kind = Kind::kInternal;
  TraceContext context;
  uint64_t parent = 0;   // 0: none
  int64_t start_us = 0;  // since 1970
  int64_t took_us = 0;
  std::vector<std::pair<std::string, Note>> notes;
  bool has_failed = false;
};

/// Where spans go that have ended. Thread-safe.
class TraceSink {
 public:
  virtual ~TraceSink() = default;
  /// Whether a trace that begins here is followed. `random`: of its own.
  virtual bool is_sampled(uint64_t random) const = 0;
  /// Must not wait.
  virtual void take(TraceSpan span) = 0;
};

/// A span from its construction to its end, on one thread; spans end in the reverse order of their beginnings.
class OpenSpan {
 public:
  /// Where a caller has a trace, the first one of our part of it, which is followed where the caller's is; else a part of what
  /// this thread has open; else the first one of a trace. `sink` lives longer; null: there are no traces.
  OpenSpan(TraceSink* sink, std::string_view name, TraceSpan::Kind kind,
           const std::optional<TraceContext>& caller = {});
  /// A part of the span that this thread has open.
  explicit OpenSpan(std::string_view name);
  ~OpenSpan();
  OpenSpan(const OpenSpan&) = delete;
  OpenSpan& operator=(const OpenSpan&) = delete;

  bool is_on() const { return sink_ != nullptr; }
  /// REQUIRES: is_on().
  const TraceContext& context() const { return span_.context; }
  void rename(std::string_view name);
  void note(std::string_view what, TraceSpan::Note value);
  void fail() { span_.has_failed = true; }
  /// It is not told, and nothing below it any more.
  void drop();

 private:
  void begin(TraceSink* sink, std::string_view name, const TraceContext& context, uint64_t parent);

  TraceSink* sink_ = nullptr;  // null: it is not followed
  OpenSpan* outer_ = nullptr;
  TraceSpan span_;
  int64_t start_elapsed_us_ = 0;
};

}  // namespace headrace

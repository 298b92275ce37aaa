#include "base/trace.h"

#include <gtest/gtest.h>

#include <tuple>

namespace headrace {
namespace {

constexpr char kField[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

struct KeptSpans : TraceSink {
  bool is_sampled(uint64_t) const override { return samples; }
  void take(TraceSpan span) override { spans.push_back(std::move(span)); }
  bool samples = true;
  std::vector<TraceSpan> spans;
};

TEST(Traceparent, IsReadAndWritten) {
  const auto context = parse_traceparent(kField);
  ASSERT_TRUE(context);
  EXPECT_EQ(context->trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(context->span_id(), "00f067aa0ba902b7");
  EXPECT_TRUE(context->is_sampled);
  EXPECT_EQ(to_traceparent(*context), kField);
}

TEST(Traceparent, TakesLaterVersionsAndNothingElse) {
  const std::string field = kField;
  EXPECT_TRUE(parse_traceparent("01" + field.substr(2)));
  EXPECT_TRUE(parse_traceparent("01" + field.substr(2) + "-further"));
  EXPECT_FALSE(parse_traceparent("ff" + field.substr(2)));
  EXPECT_FALSE(parse_traceparent(field + "-further"));
  EXPECT_FALSE(parse_traceparent("01" + field.substr(2) + "further"));
  EXPECT_FALSE(parse_traceparent(field.substr(0, 54)));
  EXPECT_FALSE(parse_traceparent(""));
  EXPECT_FALSE(parse_traceparent("00-00000000000000000000000000000000-00f067aa0ba902b7-01"));
  EXPECT_FALSE(parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"));
  EXPECT_FALSE(parse_traceparent("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"));
  EXPECT_FALSE(parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01"));
  EXPECT_FALSE(parse_traceparent("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
}

TEST(OpenSpan, PartsHangBelowWhatTheThreadHasOpen) {
  KeptSpans kept;
  {
    OpenSpan request(&kept, "request", TraceSpan::Kind::kServer, parse_traceparent(kField));
    {
      OpenSpan inner("inner");
      inner.note("count", int64_t{3});
      const OpenSpan innermost("innermost");
    }
    const OpenSpan next("next");
  }
  const OpenSpan nothing("nothing");
  EXPECT_FALSE(nothing.is_on());

  ASSERT_EQ(kept.spans.size(), 4u);
  const auto& [innermost, inner, next, request] = std::tie(kept.spans[0], kept.spans[1], kept.spans[2], kept.spans[3]);
  EXPECT_EQ(request.name, "request");
  EXPECT_EQ(request.parent, 0x00f067aa0ba902b7u);
  EXPECT_EQ(inner.parent, request.context.span);
  EXPECT_EQ(innermost.parent, inner.context.span);
  EXPECT_EQ(next.parent, request.context.span);
  for (const TraceSpan& each : kept.spans) EXPECT_EQ(each.context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(std::get<int64_t>(inner.notes[0].second), 3);
}

TEST(OpenSpan, IsFollowedAsTheCallerIs) {
  KeptSpans kept;
  std::string field = kField;
  {
    const OpenSpan followed(&kept, "a", TraceSpan::Kind::kServer, parse_traceparent(field));
  }
  field.back() = '0';
  {
    const OpenSpan not_followed(&kept, "b", TraceSpan::Kind::kServer, parse_traceparent(field));
  }
  {
    const OpenSpan own(&kept, "c", TraceSpan::Kind::kServer);
  }
  kept.samples = false;
  {
    const OpenSpan not_sampled(&kept, "d", TraceSpan::Kind::kServer);
    const OpenSpan part("e");
  }
  {
    const OpenSpan still_followed(&kept, "f", TraceSpan::Kind::kServer, parse_traceparent(kField));
  }
  std::string names;
  for (const TraceSpan& each : kept.spans) names += each.name;
  EXPECT_EQ(names, "acf");
}

TEST(OpenSpan, NothingIsToldOfADroppedOne) {
  KeptSpans kept;
  {
    OpenSpan dropped(&kept, "a", TraceSpan::Kind::kServer);
    dropped.drop();
    const OpenSpan part("b");
  }
  EXPECT_TRUE(kept.spans.empty());
}

}  // namespace
}  // namespace headrace

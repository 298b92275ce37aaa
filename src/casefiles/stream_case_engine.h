#pragma once

/// The stream engine as tests of features see it: the events of a test become a feed, and its asks are read from it.
///
///   stream   final values: the asks are places that the watermark passes
///   online   reads at the asks' times, as soon as all events up to then have come
///
/// The feed is run several times: one event at a time in order of time, and in disorder: events change places within an
/// allowed lateness, and come in pushes of several. Online, streams are also stored and begun again in between, and asks
/// are read when all events have come: out of a history that reaches back to them, and without one, where they may be
/// refused; and once all keys leave memory whenever they may. All runs must give the same bits, which is an error otherwise.

#include "casefiles/case_engine.h"
#include "engine/stream/entity_stream.h"

namespace headrace {

class StreamCaseEngine : public CaseEngine {
 public:
  enum class Reads { kFinal, kLive };

  StreamCaseEngine(Reads reads, KernelChoice kernels) : reads_(reads), kernels_(kernels) {}
  std::string_view name() const override { return reads_ == Reads::kFinal ? "stream" : "online"; }
  Result<CaseAnswer> run(const CaseRequest& request) override;

 private:
  StreamOptions options_of(Duration disorder) const;
  Result<CaseAnswer> run_stream(const CaseRequest& request) const;
  Result<CaseAnswer> run_online(const CaseRequest& request) const;

  Reads reads_;
  KernelChoice kernels_;
};

}  // namespace headrace

#include "app/server/served_traces.h"

namespace headrace {
namespace {

/// Where nothing else is said: enough to see what is usual, and few enough that it costs nothing.
constexpr double kSample = 0.01;

}  // namespace

Result<std::unique_ptr<OtlpExporter>> begin_traces(const ServedEnvironment& environment) {
  if (!environment.traces) return std::unique_ptr<OtlpExporter>();
  Result<OtlpSettings> settings = parse_otlp_endpoint(environment.traces->endpoint);
  if (!settings) {
    return settings.error()
        .with_context("`endpoint` of `traces` in environments.yaml")
        .with_help("write it as http://127.0.0.1:4318");
  }
  settings->headers = environment.traces->headers;
  settings->sample = environment.traces->sample.value_or(kSample);
  settings->environment = environment.name;
  return std::make_unique<OtlpExporter>(*std::move(settings));
}

void follow_requests(FeatureApi& api, OtlpExporter* traces) {
  if (traces == nullptr) return;
  api.set_traces(*traces);
  const auto count = [&](const std::string& name, const std::string& help, int64_t (OtlpExporter::*read)() const) {
    api.metrics().read_at_scrape("headrace_trace_" + name + "_total", "counter", help, {},
                                 [traces, read] { return static_cast<double>((traces->*read)()); });
  };
  count("spans_sent", "Spans that the collector took.", &OtlpExporter::sent);
  count("spans_dropped", "Spans that were lost: the collector was too slow, or did not take them.",
        &OtlpExporter::dropped);
  count("failures", "Tries to send spans that failed.", &OtlpExporter::failures);
}

}  // namespace headrace

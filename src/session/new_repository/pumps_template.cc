#include "session/new_repository/repository_templates.h"

namespace headrace {
namespace {

constexpr char kPumpProject[] =
    R"(# A feature repository: this file, definitions under features/, tests of features under tests/.
# `headrace check` reads all of it and shows every problem at once.
project:
  name: PROJECT
  defaults: {source: pump_telemetry}    # used where a feature names no source
---
# What features describe, and the column that tells one from another.
entity:
  name: pump
  key: pump_id
---
# Where events come from. Column types: bool, int64, double, string, timestamp.
source:
  name: pump_telemetry
  entity: pump
  event_time: event_time
  columns:
    output_flow_rate: double            # m3/h
    input_power_kw: double
    mode: string                        # run | idle
  batch: {format: csv, path: data/telemetry.csv}   # file, folder or glob; parquet, csv, ndjson
  allowed_lateness: 10m
  id: reading_id                        # rows of one pump, one time and one id are one event: the last that came counts
)";

constexpr char kPumpFeatures[] =
    R"(# A list of windows stands for one feature each: pump_efficiency_24h and pump_efficiency_lifetime.
feature:
  name: pump_efficiency
  description: Water moved for each kW while the pump runs
  owner: operations-team
  aggregation: mean
  window: [24h, lifetime]
  source_features: [output_flow_rate, input_power_kw, mode]
  formula: output_flow_rate / input_power_kw      # null where the power is 0
  filter: mode == 'run'
  quality_checks:
    - {type: range, params: [0.4, 1.0]}
    - {type: completeness, threshold: 0.90}
  version: "1.0"
---
# Two aggregations and two windows: output_flow_mean_6h, output_flow_max_6h, output_flow_mean_24h, output_flow_max_24h.
feature:
  name: output_flow
  description: Flow at the outlet
  owner: operations-team
  aggregation: [mean, max]
  window: [6h, 24h]
  source_features: [output_flow_rate]
  version: "1.0"
---
# The latest value that is not null, as of any instant.
feature:
  name: latest_mode
  description: What the pump last reported to do
  owner: operations-team
  source_features: [mode]
  formula: mode
  default: unknown
  version: "1.0"
---
# A feature of features: computed from their values at the same instant.
feature:
  name: efficiency_change
  description: Efficiency of the last day against the pump's whole past
  owner: operations-team
  source_features: [pump_efficiency_24h, pump_efficiency_lifetime]
  formula: pump_efficiency_24h - pump_efficiency_lifetime
  version: "1.0"
)";

constexpr char kPumpTest[] =
    R"(# Events go in, `ask` says where to look, `expect` what must be seen. `headrace test` runs it through the real engine.
about: Idle hours do not count, an event exactly 24 h old has left the window, an unknown pump has defaults and nulls.
events:
  pump_telemetry:
    - {pump_id: p1, event_time: "2024-03-01T00:00:00Z", output_flow_rate: 40.0, input_power_kw: 50.0, mode: run}
    - {pump_id: p1, event_time: "2024-03-01T12:00:00Z", output_flow_rate: 30.0, input_power_kw: 50.0, mode: run}
    - {pump_id: p1, event_time: "2024-03-01T18:00:00Z", output_flow_rate: 0.0, input_power_kw: 1.5, mode: idle}
ask:
  - {entity: {pump_id: p1}, at: "2024-03-01T18:00:00Z"}
  - {entity: {pump_id: p1}, at: "2024-03-02T00:00:00Z", features: [pump_efficiency_24h, pump_efficiency_lifetime]}
  - {entity: {pump_id: p9}, at: "2024-03-01T18:00:00Z", features: [latest_mode, pump_efficiency_24h]}
expect:
  - entity: {pump_id: p1}
    at: "2024-03-01T18:00:00Z"
    values:
      pump_efficiency_24h: 0.7
      pump_efficiency_lifetime: 0.7
      output_flow_mean_6h: 0.0
      output_flow_mean_24h: 23.333333333333332
      output_flow_max_6h: 0.0
      output_flow_max_24h: 40.0
      latest_mode: idle
      efficiency_change: 0.0
  - {entity: {pump_id: p1}, at: "2024-03-02T00:00:00Z", values: {pump_efficiency_24h: 0.6, pump_efficiency_lifetime: 0.7}}
  - {entity: {pump_id: p9}, at: "2024-03-01T18:00:00Z", values: {latest_mode: unknown, pump_efficiency_24h: null}}
)";

constexpr char kPumpData[] = R"(pump_id,event_time,output_flow_rate,input_power_kw,mode,reading_id
p1,2024-03-01T00:00:00Z,39.9,55.7,run,r01
p2,2024-03-01T00:00:00Z,38.1,52.6,run,r02
p1,2024-03-01T03:00:00Z,0.0,1.5,idle,r03
p2,2024-03-01T03:00:00Z,0.0,1.5,idle,r04
p1,2024-03-01T06:00:00Z,39.0,51.0,run,r05
p2,2024-03-01T06:00:00Z,39.9,48.2,run,r06
p1,2024-03-01T09:00:00Z,41.6,56.6,run,r07
p2,2024-03-01T09:00:00Z,38.2,51.3,run,r08
p1,2024-03-01T12:00:00Z,39.1,54.5,run,r09
p2,2024-03-01T12:00:00Z,36.8,43.4,run,r10
p1,2024-03-01T15:00:00Z,41.6,50.2,run,r11
p2,2024-03-01T15:00:00Z,39.0,53.4,run,r12
p1,2024-03-01T18:00:00Z,39.3,49.1,run,r13
p1,2024-03-01T21:00:00Z,40.9,48.9,run,r14
p1,2024-03-02T00:00:00Z,41.3,57.9,run,r15
p2,2024-03-02T00:00:00Z,37.7,46.7,run,r16
p1,2024-03-02T03:00:00Z,,1.5,idle,r17
p2,2024-03-02T03:00:00Z,0.0,1.5,idle,r18
p1,2024-03-02T06:00:00Z,39.5,54.2,run,r19
p2,2024-03-02T06:00:00Z,36.9,51.7,run,r20
p1,2024-03-02T09:00:00Z,41.1,49.0,run,r21
p2,2024-03-02T09:00:00Z,37.0,49.5,run,r22
p1,2024-03-02T12:00:00Z,40.8,51.5,run,r23
p2,2024-03-02T12:00:00Z,38.2,45.7,run,r24
p1,2024-03-02T15:00:00Z,39.1,51.0,run,r25
p2,2024-03-02T15:00:00Z,36.9,48.0,run,r26
p1,2024-03-02T18:00:00Z,37.5,50.1,run,r27
p2,2024-03-02T18:00:00Z,37.7,53.3,run,r28
p1,2024-03-02T21:00:00Z,36.9,46.1,run,r29
p2,2024-03-02T21:00:00Z,35.4,45.1,run,r30
)";

}  // namespace

const RepositoryTemplate& pumps_template() {
  static const RepositoryTemplate made = {"pumps",
                                          {{"project.yaml", kPumpProject},
                                           {"features/pump.yaml", kPumpFeatures},
                                           {"tests/pump_efficiency.yaml", kPumpTest},
                                           {"data/telemetry.csv", kPumpData}}};
  return made;
}

}  // namespace headrace

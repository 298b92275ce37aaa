#pragma once

/// The JSON form of a meter's report: of `headrace backfill --meter --format json`, and of a server's /v1/meter.

#include "data/json/json_texts.h"
#include "engine/meter/meter_report.h"

namespace headrace {

inline std::string_view to_string(MeteredNode::Kind kind) {
  switch (kind) {
    case MeteredNode::Kind::kEntity: return "entity";
    case MeteredNode::Kind::kSource: return "source";
    case MeteredNode::Kind::kSeries: return "series";
    case MeteredNode::Kind::kState: return "state";
    case MeteredNode::Kind::kFeature: return "feature";
  }
  return "";
}

template <>
struct JsonWords<MeteredNode::Kind> {
  static constexpr std::array all = {MeteredNode::Kind::kEntity, MeteredNode::Kind::kSource, MeteredNode::Kind::kSeries,
                                     MeteredNode::Kind::kState, MeteredNode::Kind::kFeature};
};

template <typename Fields>
void describe(Fields& fields, const NodeWork*) {
  fields.name("Work", "what something took, in whole numbers");
  fields.required("cpu_ns", &NodeWork::cpu_ns, {.text = "nanoseconds of a processor"});
  fields.required("rows", &NodeWork::rows, {.text = "rows that went through it, as often as they did"});
  fields.required("bytes", &NodeWork::bytes, {.text = "bytes that were read: of files, of messages"});
  fields.required("state_bytes", &NodeWork::state_bytes,
                  {.text = "bytes of memory that it holds, or held at the end of a run"});
  fields.required("values", &NodeWork::values, {.text = "values of features that were written or read"});
}

template <typename Fields>
void describe(Fields& fields, const FeatureWork*) {
  fields.name("FeatureWork", "the part of a feature");
  fields.required("feature", &FeatureWork::feature);
  fields.required("owner", &FeatureWork::owner, {.text = "empty: nobody"});
  fields.required("work", &FeatureWork::work);
}

template <typename Fields>
void describe(Fields& fields, const SourceWork*) {
  fields.name("SourceWork", "what reading a source took");
  fields.required("source", &SourceWork::source);
  fields.required("work", &SourceWork::work);
}

template <typename Fields>
void describe(Fields& fields, const MeteredNode*) {
  fields.name("MeteredNode", "what a node of the plan took");
  fields.required("kind", &MeteredNode::kind);
  fields.required("index", &MeteredNode::index, {.text = "from 0, in the plan's list of this kind"});
  fields.required("features", &MeteredNode::features,
                  {.text = "among which it is divided by equal shares; empty: it is unattributed"});
  fields.required("work", &MeteredNode::work);
}

template <typename Fields>
void describe(Fields& fields, const MeterReport*) {
  fields.name("Meter", "what features took: their parts and what is unattributed add up to the whole exactly");
  fields.required("whole", &MeterReport::whole);
  fields.required("unattributed", &MeterReport::unattributed, {.text = "what no feature has to do with"});
  fields.required("features", &MeterReport::features);
  fields.optional("others", &MeterReport::others,
                  {.text = "features that the token may not see, together; absent: there are none"});
  fields.required("sources", &MeterReport::sources, {.text = "their parts are in those of the features already"});
  fields.required("nodes", &MeterReport::nodes, {.text = "those of the plan that took anything"});
}

}  // namespace headrace

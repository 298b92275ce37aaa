#include "engine/meter/meter_report.h"

#include "base/check.h"
#include "base/exact_shares.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace headrace {
namespace {

using Users = std::set<size_t>;  // plan features that have a line of their own

/// Who uses each node.
struct NodeUsers {
  explicit NodeUsers(const Plan& plan)
      : entities(plan.entities.size()),
        sources(plan.sources.size()),
        series(plan.series.size()),
        states(plan.states.size()),
        features(plan.features.size()) {
    std::vector<size_t> payer(plan.features.size());
    std::iota(payer.begin(), payer.end(), size_t{0});
    for (size_t f = 0; f < plan.features.size(); ++f) {
      for (const PlanCheck& check : plan.features[f].checks) {
        if (check.holds) payer[*check.holds] = f;
      }
    }
    // What such a feature is made of comes before it.
    for (size_t f = plan.features.size(); f-- > 0;) {
      if (!plan.features[f].is_for_check) continue;
      for (const size_t used : plan.features[f].uses) {
        if (plan.features[used].is_for_check) payer[used] = payer[f];
      }
    }

    for (size_t f = 0; f < plan.features.size(); ++f) {
      const PlanFeature& feature = plan.features[f];
      features[f].insert(payer[f]);
      entities[feature.entity].insert(payer[f]);
      if (feature.is_derived()) continue;
      states[feature.state].insert(payer[f]);
      const size_t s = plan.state_of(feature).series;
      series[s].insert(payer[f]);
      sources[plan.series[s].source].insert(payer[f]);
    }
  }

  std::vector<Users> entities, sources, series, states, features;
};

class Division {
 public:
  Division(const Plan& plan, const PlanWork& work) : plan_(plan), by_feature_(plan.features.size()) {
    const NodeUsers users(plan);
    report_.whole = work.whole();
    report_.unattributed = work.unattributed;
    divide(MeteredNode::Kind::kEntity, work.entities, users.entities);
    divide(MeteredNode::Kind::kSource, work.sources, users.sources);
    divide(MeteredNode::Kind::kSeries, work.series, users.series);
    divide(MeteredNode::Kind::kState, work.states, users.states);
    divide(MeteredNode::Kind::kFeature, work.features, users.features);

    for (size_t f = 0; f < plan.features.size(); ++f) {
      if (users.features[f].contains(f))
        report_.features.push_back({plan.features[f].name, plan.features[f].owner, by_feature_[f]});
    }
    for (size_t s = 0; s < plan.sources.size(); ++s) report_.sources.push_back({plan.sources[s].name, work.sources[s]});
  }

  MeterReport take() { return std::move(report_); }

 private:
  void divide(MeteredNode::Kind kind, const std::vector<NodeWork>& nodes, const std::vector<Users>& users) {
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i] == NodeWork{}) continue;
      MeteredNode& node = report_.nodes.emplace_back(MeteredNode{kind, static_cast<int64_t>(i), {}, nodes[i]});
      for (const size_t f : users[i]) node.features.push_back(plan_.features[f].name);
      give(nodes[i], users[i]);
    }
  }

  void give(const NodeWork& node, const Users& users) {
    if (users.empty()) return report_.unattributed.add(node);
    for (const auto count : NodeWork::kCounts) {
      const std::vector<int64_t> shares = equal_shares(node.*count, users.size());
      size_t next = 0;
      for (const size_t f : users) by_feature_[f].*count += shares[next++];
    }
  }

  const Plan& plan_;
  std::vector<NodeWork> by_feature_;
  MeterReport report_;
};

}  // namespace

MeterReport told_only(MeterReport report, size_t features_max, const std::function<bool(const FeatureWork&)>& is_told) {
  std::vector<FeatureWork> told;
  for (FeatureWork& feature : report.features) {
    if (told.size() < features_max && is_told(feature)) {
      told.push_back(std::move(feature));
      continue;
    }
    if (!report.others) report.others.emplace();
    report.others->add(feature.work);
  }
  report.features = std::move(told);
  if (report.others) {
    report.nodes.clear();
    report.sources.clear();
  }
  return report;
}

MeterReport make_meter_report(const Plan& plan, const PlanWork& work) {
  MeterReport report = Division(plan, work).take();
  NodeWork sum = report.unattributed;
  for (const FeatureWork& feature : report.features) sum.add(feature.work);
  CHECK(sum == report.whole);
  return report;
}

}  // namespace headrace

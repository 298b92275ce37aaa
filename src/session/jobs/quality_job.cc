#include "session/jobs/quality_job.h"

#include "data/json/json_form.h"
#include "io/offline/offline_store.h"
#include "io/remote/object_store.h"
#include "plan/make_plan.h"
#include "quality/profiles/backtest.h"
#include "quality/value_checks.h"

#include <fmt/format.h>

namespace headrace {

template <typename Fields>
void describe(Fields& fields, const SuggestedLine*) {
  fields.name("suggested_check", "a check that the days would have kept");
  fields.required("yaml", &SuggestedLine::yaml);
  fields.required("evidence", &SuggestedLine::evidence);
}

template <typename Fields>
void describe(Fields& fields, const BacktestedLine*) {
  fields.name("backtested_check", "what a check would have said of past days");
  fields.required("check", &BacktestedLine::check);
  fields.required("condition", &BacktestedLine::condition);
  fields.required("days", &BacktestedLine::days, {.text = "looked at"});
  fields.required("raised", &BacktestedLine::raised, {.text = "days on which it would not have held, oldest first"});
  fields.required("reason", &BacktestedLine::reason, {.text = "why no day was looked at; else empty"});
}

template <typename Fields>
void describe(Fields& fields, const ProfiledFeature*) {
  fields.name("profiled_feature", "a feature by its profiles");
  fields.required("entity", &ProfiledFeature::entity);
  fields.required("feature", &ProfiledFeature::feature);
  fields.required("days", &ProfiledFeature::days, {.text = "with a profile"});
  fields.required("newest_day", &ProfiledFeature::newest_day, {.text = "of which are rows, nulls and what follows"});
  fields.required("rows", &ProfiledFeature::rows);
  fields.required("nulls", &ProfiledFeature::nulls);
  fields.required("entities", &ProfiledFeature::entities, {.text = "distinct ones, within 3.3 %"});
  fields.required("distinct", &ProfiledFeature::distinct, {.text = "values, within 3.3 %"});
  fields.optional("min", &ProfiledFeature::min);
  fields.optional("mean", &ProfiledFeature::mean);
  fields.optional("max", &ProfiledFeature::max);
  fields.required("suggested", &ProfiledFeature::suggested);
  fields.required("backtested", &ProfiledFeature::backtested);
}

template <typename Fields>
void describe(Fields& fields, const QualityOverview*) {
  fields.name("quality_overview", "what the profiles of a store say of its features");
  fields.required("store", &QualityOverview::store);
  fields.required("features", &QualityOverview::features);
}

namespace {

std::string day_text(int64_t day) { return to_string(EventTime{day * kMicrosPerDay}).substr(0, 10); }

Result<ProfileSet> read_profiles(const std::string& store) {
  FileSystem& files = file_system_of(store);
  const std::string path = join_path(store, kStoreProfilesName);
  ASSIGN_OR_RETURN(const bool is_there, files.exists(path));
  if (!is_there) {
    return Error::data(path + " is not there: the store has no profiles")
        .with_help("ask a backfill into it for profiles, or give a feature a check of drift");
  }
  ASSIGN_OR_RETURN(const std::string bytes, files.read_file(path));
  return ProfileSet::from_bytes(bytes);
}

BacktestedLine backtested_line(const QualityCheck& check, const ProfiledDays& days, int64_t days_max) {
  const BacktestedCheck found = backtest_check(check, days, days_max);
  BacktestedLine line{check.name, condition_text(check), found.days, {}, found.reason};
  for (const int64_t day : found.raised) line.raised.push_back(day_text(day));
  return line;
}

ProfiledFeature feature_line(const PlanFeature& feature, const ProfiledDays& days, const QualityJob& job) {
  const auto& [newest, profile] = days.back();
  ProfiledFeature line;
  line.feature = feature.name;
  line.days = static_cast<int64_t>(days.size());
  line.newest_day = day_text(newest);
  line.rows = profile->rows();
  line.nulls = profile->nulls();
  line.entities = profile->entities();
  line.distinct = profile->distinct();
  line.min = profile->min();
  line.mean = profile->mean();
  line.max = profile->max();

  if (job.question == QualityQuestion::kSuggest) {
    for (SuggestedCheck& each : suggest_checks(days)) {
      line.suggested.push_back({std::move(each.yaml), std::move(each.evidence)});
    }
  }
  if (job.question == QualityQuestion::kBacktest) {
    for (const PlanCheck& each : feature.checks) {
      line.backtested.push_back(backtested_line(each.check, days, job.days));
    }
  }
  return line;
}

}  // namespace

Result<QualityOverview> run_quality_job(const Session& session, const QualityJob& job) {
  ASSIGN_OR_RETURN(const ProfileSet profiles, read_profiles(job.store));
  ASSIGN_OR_RETURN(const Plan plan, session.plan({}, CheckNodes::kAdded));
  QualityOverview overview;
  overview.store = job.store;
  for (const PlanFeature& feature : plan.features) {
    if (feature.is_for_check) continue;
    const std::string& entity = plan.entities[feature.entity].name;
    const ProfiledDays days = profiles.days_of(entity, feature.name, feature.digest);
    if (days.empty()) continue;
    overview.features.push_back(feature_line(feature, days, job));
    overview.features.back().entity = entity;
  }
  return overview;
}

std::string to_json(const QualityOverview& overview) { return json_document(overview); }

std::string quality_overview_schema(const std::string& title) { return to_json(json_schema<QualityOverview>(title)); }

}  // namespace headrace

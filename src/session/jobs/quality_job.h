#pragma once

/// What the profiles of an offline store say of its features: how their newest day looks, which checks their days would
/// have kept, and how often the checks of a repository would have been raised.

#include "session/project/session.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

enum class QualityQuestion { kStatus, kSuggest, kBacktest };

struct QualityJob {
  std::string store;
  QualityQuestion question = QualityQuestion::kStatus;
  int64_t days = 90;  // backtest: the newest so many
};

struct SuggestedLine {
  std::string yaml;
  std::string evidence;
};

struct BacktestedLine {
  std::string check;
  std::string condition;
  int64_t days = 0;                 // looked at
  std::vector<std::string> raised;  // "2024-03-01", oldest first
  std::string reason;               // why no day was looked at
};

struct ProfiledFeature {
  std::string entity;
  std::string feature;
  int64_t days = 0;
  std::string newest_day;  // of which are
  int64_t rows = 0;
  int64_t nulls = 0;
  int64_t entities = 0;
  int64_t distinct = 0;
  std::optional<double> min, mean, max;
  std::vector<SuggestedLine> suggested;
  std::vector<BacktestedLine> backtested;
};

struct QualityOverview {
  std::string store;
  std::vector<ProfiledFeature> features;  // those of the repository that have profiles
};

/// A store without profiles is an Error of the data that says how to make them.
Result<QualityOverview> run_quality_job(const Session& session, const QualityJob& job);

std::string to_json(const QualityOverview& overview);
std::string quality_overview_schema(const std::string& title);

}  // namespace headrace

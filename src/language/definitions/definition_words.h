#pragma once

/// The words that definitions have for kinds of things, in JSON forms too.

#include "data/json/json_form.h"
#include "language/definitions/quality_check.h"
#include "language/definitions/source_parts.h"

namespace headrace {

template <>
struct JsonWords<TimeUnit> {
  static constexpr std::array all = {TimeUnit::kSeconds, TimeUnit::kMilliseconds, TimeUnit::kMicroseconds,
                                     TimeUnit::kNanoseconds};
};

template <>
struct JsonWords<FileFormat> {
  static constexpr std::array all = {FileFormat::kParquet, FileFormat::kCsv, FileFormat::kNdjson};
};

template <>
struct JsonWords<StreamKind> {
  static constexpr std::array all = {StreamKind::kKafka, StreamKind::kPubSub, StreamKind::kPush};
};

template <>
struct JsonWords<StreamFormat> {
  static constexpr std::array all = {StreamFormat::kJson};
};

template <>
struct JsonWords<DriftMetric> {
  static constexpr std::array all = {DriftMetric::kPsi, DriftMetric::kKolmogorovSmirnov, DriftMetric::kJensenShannon,
                                     DriftMetric::kWasserstein};
};

template <>
struct JsonWords<CheckType> {
  static constexpr std::array all = {CheckType::kRange,         CheckType::kCompleteness, CheckType::kFreshness,
                                     CheckType::kAllowedValues, CheckType::kUnique,       CheckType::kNotNull,
                                     CheckType::kMonotonic,     CheckType::kVolume,       CheckType::kDrift,
                                     CheckType::kExpression};
};

}  // namespace headrace

#pragma once

/// Events and asks of a test as the columns that an engine reads.

#include "casefiles/case_file.h"
#include "engine/source.h"
#include "plan/plan.h"

#include <vector>

namespace headrace {

/// The types of an entity's keys: as the plan knows them, else as the values in events and asks are written (integers:
/// int64, text: string, booleans: bool). A mixture is reported.
std::vector<ScalarType> key_types_of(const CaseFile& value, const Plan& plan, size_t entity, Diagnostics& diagnostics);

/// The events of a source as one batch with the columns of the request, in order of arrival. Keys take `key_types`.
/// What cannot have its type is reported, and its row left out.
Batch batch_of_events(const CaseFile& value, const PlanSource& source, const SourceRequest& request,
                      const std::vector<ScalarType>& key_types, Diagnostics& diagnostics);

/// One key value of the type. Nothing, and reported, when the field is missing or has another type.
std::optional<Value> key_value(const CaseFields& fields, const std::string& key, ScalarType type, const Span& span,
                               Diagnostics& diagnostics);

/// The largest magnitude of the numbers in the events' columns of that name.
double largest_magnitude(const CaseFile& value, const std::string& source, const std::string& column);

}  // namespace headrace

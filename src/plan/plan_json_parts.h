#pragma once

/// The JSON forms of what a plan is made of: expressions, windows, locations, conditions of checks. Written only.

#include "data/json/json_texts.h"
#include "language/definitions/definition_words.h"
#include "plan/plan.h"

namespace headrace {

template <>
struct JsonWords<WindowSpec::Kind> {
  static constexpr std::array all = {WindowSpec::Kind::kSize, WindowSpec::Kind::kLast, WindowSpec::Kind::kTumbling,
                                     WindowSpec::Kind::kSession, WindowSpec::Kind::kLifetime};
};

template <>
struct JsonWords<Closed> {
  static constexpr std::array all = {Closed::kRight, Closed::kLeft, Closed::kBoth, Closed::kNeither};
};

template <>
struct JsonWords<StateKind> {
  static constexpr std::array all = {StateKind::kCount,        StateKind::kSum,         StateKind::kMoments,
                                     StateKind::kPowerMoments, StateKind::kPairMoments, StateKind::kExtremes,
                                     StateKind::kPosition,     StateKind::kOrdered,     StateKind::kDistinct,
                                     StateKind::kBoolCounts,   StateKind::kEwma,        StateKind::kTimeWeighted,
                                     StateKind::kHistogram,    StateKind::kHyperLogLog, StateKind::kLogBuckets};
};

/// Whether a check that does not hold is an error, as definitions say it.
struct CheckSeverity {
  bool is_error = true;
};

template <>
struct JsonText<CheckSeverity> {
  static std::string write(CheckSeverity severity) { return severity.is_error ? "error" : "warn"; }
  static std::optional<CheckSeverity> read(std::string_view text) {
    if (text != "error" && text != "warn") return std::nullopt;
    return CheckSeverity{text == "error"};
  }
  static JsonSchema schema() { return schema_of_words({"error", "warn"}); }
};

/// A tree of calls. REQUIRES: not null.
struct ExpressionTree {
  ExprPtr expr;
};

inline std::vector<ExpressionTree> expressions_of(const std::vector<ExprPtr>& list) {
  std::vector<ExpressionTree> out;
  for (const ExprPtr& each : list) out.push_back({each});
  return out;
}

template <typename Fields>
void describe(Fields& fields, const ExpressionTree*) {
  fields.name("expression", "a literal, a column, a feature or a call");
  fields.computed_optional("literal", [](const ExpressionTree& each) {
    return each.expr->kind == Expr::Kind::kLiteral ? std::optional(each.expr->literal) : std::nullopt;
  });

  const auto reference = [](Reference::Kind kind, std::string Reference::* member) {
    return [kind, member](const ExpressionTree& each) {
      const bool is_it = each.expr->kind == Expr::Kind::kReference && each.expr->reference.kind == kind;
      return is_it ? each.expr->reference.*member : std::string();
    };
  };
  fields.computed_optional("feature", reference(Reference::Kind::kFeature, &Reference::name));
  fields.computed_optional("column", reference(Reference::Kind::kColumn, &Reference::name));
  fields.computed_optional("source", reference(Reference::Kind::kColumn, &Reference::source), {.text = "of a column"});

  fields.computed_optional("call",
                           [](const ExpressionTree& each) {
                             return each.expr->kind == Expr::Kind::kCall ? std::string(to_string(each.expr->function))
                                                                         : std::string();
                           },
                           {.text = "an operator or function of the language"});
  fields.computed_optional("arguments", [](const ExpressionTree& each) { return expressions_of(each.expr->arguments); },
                           {.text = "of a call; absent: none"});
  fields.computed("type", [](const ExpressionTree& each) { return each.expr->type; });
}

template <typename Fields>
void describe(Fields& fields, const AggregationParams*) {
  fields.name("params", "an absent number is 0, absent edges are none");
  fields.optional("k", &AggregationParams::k, {.minimum = 1});
  fields.optional("p", &AggregationParams::p);
  fields.computed_optional("half_life_us", [](const AggregationParams& params) { return params.half_life.us; });
  fields.optional("edges", &AggregationParams::edges);
}

struct Finalizer {
  std::string aggregation;
  size_t state = 0;
  AggregationParams params;
};

template <typename Fields>
void describe(Fields& fields, const Finalizer*) {
  fields.required("aggregation", &Finalizer::aggregation);
  fields.required("state", &Finalizer::state, {.text = "id of a state"});
  fields.required("params", &Finalizer::params);
}

template <typename Fields>
void describe(Fields& fields, const WindowSpec*) {
  using Kind = WindowSpec::Kind;
  fields.name("window");
  fields.required("kind", &WindowSpec::kind);

  // Which lengths there are follows from the kind.
  const auto where = [](bool (*has)(Kind), auto get) {
    return [=](const WindowSpec& window) { return has(window.kind) ? std::optional(get(window)) : std::nullopt; };
  };
  const auto size = [](const WindowSpec& window) { return window.size.us; };
  fields.computed_optional("size_us",
                           where([](Kind kind) { return kind == Kind::kSize || kind == Kind::kTumbling; }, size),
                           {.text = "of size and tumbling", .minimum = 0});
  fields.computed_optional(
      "closed",
      where([](Kind kind) { return kind == Kind::kSize; }, [](const WindowSpec& window) { return window.closed; }),
      {.text = "of size"});
  fields.computed_optional("offset_us",
                           where([](Kind kind) { return kind == Kind::kSize || kind == Kind::kTumbling; },
                                 [](const WindowSpec& window) { return window.offset.us; }),
                           {.text = "of size and tumbling", .minimum = 0});
  fields.computed_optional(
      "last",
      where([](Kind kind) { return kind == Kind::kLast; }, [](const WindowSpec& window) { return window.last; }),
      {.text = "of last: how many events", .minimum = 1});
  fields.computed_optional("gap_us", where([](Kind kind) { return kind == Kind::kSession; }, size),
                           {.text = "of session", .minimum = 0});
}

template <typename Fields>
void describe(Fields& fields, const ColumnDefinition*) {
  fields.required("name", &ColumnDefinition::name);
  fields.required("type", &ColumnDefinition::type);
  fields.computed_optional("required", [](const ColumnDefinition& column) { return column.is_required; },
                           {.text = "no file may lack it"});
}

/// What orders events of equal time: a column, or the order of files and rows (partitions and offsets).
struct ArrivalOrder {
  std::optional<std::string> column;
};

template <typename Fields>
void describe(Fields& fields, const ArrivalOrder*) {
  fields.optional("column", &ArrivalOrder::column);
  fields.computed_optional("order", [](const ArrivalOrder& each) { return std::string(each.column ? "" : "position"); },
                           {.text = "`position`: of files and rows, where there is no column"});
}

template <typename Fields>
void describe(Fields& fields, const EventIdentity*) {
  fields.required("id", &EventIdentity::id, {.text = "a column"});
  fields.either("duplicates", &EventIdentity::is_first_kept, "first", "last",
                {.text = "which row of an event counts, in order of arrival"});
  fields.computed_optional("type",
                           [](const EventIdentity& identity) {
                             return identity.id_type == ScalarType::kNull ? std::nullopt
                                                                          : std::optional(identity.id_type);
                           },
                           {.text = "of the id; absent: the data tells"});
  fields.optional("deleted", &EventIdentity::deleted, {.text = "a bool column: true takes the event back"});
}

template <typename Fields>
void describe(Fields& fields, const BatchLocation*) {
  fields.required("format", &BatchLocation::format);
  fields.required("path", &BatchLocation::path);

  // Of text only what is not the common form.
  const auto letter = [](char TextForm::* member) {
    return [member](const BatchLocation& location) {
      const char value = location.text.*member;
      if (value == TextForm{}.*member) return std::optional<std::string>();
      return std::optional(value == 0 ? std::string() : std::string(1, value));
    };
  };
  fields.computed_optional("delimiter", letter(&TextForm::delimiter), {.text = "absent: a tab for .tsv, else a comma"});
  fields.computed_optional("decimal", letter(&TextForm::decimal));
  fields.computed_optional("quote", letter(&TextForm::quote), {.text = "empty: none"});
  fields.computed_optional("header",
                           [](const BatchLocation& location) {
                             return location.text.has_header ? std::nullopt : std::optional(location.text.header);
                           },
                           {.text = "names of the columns, which the files do not say; empty: column_1 and so on"});

  fields.computed_optional("encoding", [](const BatchLocation& location) {
    const bool is_common = location.text.encoding == TextEncoding::kUtf8;
    return is_common ? std::nullopt : std::optional(std::string(to_string(location.text.encoding)));
  });
  fields.computed_optional("nulls", [](const BatchLocation& location) { return location.text.nulls; });
  fields.computed_optional("time_format", [](const BatchLocation& location) { return location.text.time_format; });
  fields.computed_optional("constants",
                           [](const BatchLocation& location) {
                             return std::vector<std::pair<std::string, std::string>>(location.constants.begin(),
                                                                                     location.constants.end());
                           },
                           {.text = "values of columns that the files do not have"});
}

template <typename Fields>
void describe(Fields& fields, const StreamLocation*) {
  fields.required("kind", &StreamLocation::kind);
  fields.required("format", &StreamLocation::format, {.text = "of the messages"});
  fields.computed("options",
                  [](const StreamLocation& stream) {
                    return std::vector<std::pair<std::string, std::string>>(stream.options.begin(),
                                                                            stream.options.end());
                  },
                  {.text = "brokers, topic, subscription"});
}

struct EntityKey {
  std::string name;
  ScalarType type = ScalarType::kNull;
};

template <typename Fields>
void describe(Fields& fields, const EntityKey*) {
  fields.required("name", &EntityKey::name);
  fields.computed_optional(
      "type",
      [](const EntityKey& key) { return key.type == ScalarType::kNull ? std::nullopt : std::optional(key.type); },
      {.text = "absent: no source declares the column; the data tells"});
}

template <typename Fields>
void describe(Fields& fields, const PlanEntity*) {
  fields.name("entity");
  fields.required("name", &PlanEntity::name);
  fields.optional("description", &PlanEntity::description);
  fields.computed("keys", [](const PlanEntity& entity) {
    std::vector<EntityKey> keys;
    for (size_t i = 0; i < entity.keys.size(); ++i) keys.push_back({entity.keys[i], entity.key_types[i]});
    return keys;
  });
}

/// The parameters of a check beside its name, type and severity; `condition_of` gives the condition.
template <typename Fields, typename ConditionOf>
void describe_condition(Fields& fields, const ConditionOf& condition_of) {
  // A member of the form that the check has; of other forms nothing.
  const auto of = [&]<typename Form, typename M>(M Form::* member) {
    return [=](const auto& each) {
      using Content = typename JsonContent<M>::type;
      const Form* form = std::get_if<Form>(&condition_of(each));
      return form == nullptr ? std::optional<Content>() : std::optional<Content>(form->*member);
    };
  };
  const auto length = [&]<typename Form>(Duration Form::* member) {
    return [=](const auto& each) {
      const Form* form = std::get_if<Form>(&condition_of(each));
      const bool is_there = form != nullptr && (form->*member).us != 0;
      return is_there ? std::optional((form->*member).us) : std::optional<int64_t>();
    };
  };

  fields.computed_optional("low", of(&checks::Range::low), {.text = "of a range; absent: everything below"});
  fields.computed_optional("high", of(&checks::Range::high), {.text = "of a range; absent: everything above"});
  fields.computed_optional("min_fraction", of(&checks::Range::min_fraction),
                           {.text = "of a range: the share of values that must lie in it"});
  fields.computed_optional("metric", of(&checks::Drift::metric), {.text = "of drift"});
  fields.computed_optional(
      "threshold",
      [=](const auto& each) {
        const auto share = of(&checks::Completeness::threshold)(each);
        return share ? share : of(&checks::Drift::threshold)(each);
      },
      {.text = "of completeness: the share of values that must be there; of drift: the largest distance"});
  fields.computed_optional("max_age_us", length(&checks::Freshness::max_age), {.text = "of freshness", .minimum = 0});
  fields.computed_optional("values", of(&checks::AllowedValues::values), {.text = "of allowed_values"});
  fields.computed_optional("min", of(&checks::Volume::min), {.text = "of volume"});
  fields.computed_optional("max", of(&checks::Volume::max), {.text = "of volume"});
  fields.computed_optional("per_us", length(&checks::Volume::per),
                           {.text = "of volume; absent: all rows together", .minimum = 0});
  fields.computed_optional("reference_us", length(&checks::Drift::reference),
                           {.text = "of drift: how far back the values lie that are compared with", .minimum = 0});
  fields.computed_optional("formula_text", of(&checks::Expression::text), {.text = "of an expression, as written"});
}

template <typename Fields>
void describe(Fields& fields, const SourceCheck*) {
  fields.name("source_check", "a quality check of a source; which parameters it has follows from its type");
  fields.computed("name", [](const SourceCheck& each) { return each.check.name; });
  fields.computed("type", [](const SourceCheck& each) { return each.check.type(); });
  fields.computed("severity", [](const SourceCheck& each) { return CheckSeverity{each.check.is_error}; });
  fields.computed_optional("column", [](const SourceCheck& each) { return each.column; },
                           {.text = "absent: it is about whole rows"});
  describe_condition(fields, [](const SourceCheck& each) -> const CheckCondition& { return each.check.condition; });
}

}  // namespace headrace

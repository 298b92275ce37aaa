#include "plan/plan_json_schema.h"

namespace headrace {

std::string_view plan_json_schema() {
  return R"json({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "headrace plan as JSON",
  "description": "What is to be computed: features are finalizers over states, states keep series in windows, series are values at a source's events. Equal plans are equal texts.",
  "type": "object",
  "required": ["format_version", "project", "is_whole", "entities", "sources", "series", "states", "features"],
  "additionalProperties": false,
  "properties": {
    "format_version": {"const": 2},
    "project": {"type": "string"},
    "is_whole": {"type": "boolean", "description": "has every feature of the repository"},
    "entities": {"type": "array", "items": {"$ref": "#/$defs/entity"}},
    "sources": {"type": "array", "items": {"$ref": "#/$defs/source"}},
    "series": {"type": "array", "items": {"$ref": "#/$defs/series"}},
    "states": {"type": "array", "items": {"$ref": "#/$defs/state"}},
    "features": {"type": "array", "items": {"$ref": "#/$defs/feature"}, "description": "each after those that it uses"}
  },
  "$defs": {
    "scalar_type": {"enum": ["bool", "int64", "double", "string", "timestamp"]},
    "type": {"type": "string", "pattern": "^(list of )?(bool|int64|double|string|timestamp|duration|null)$"},
    "duration_us": {"type": "integer", "minimum": 0},
    "names": {"type": "array", "items": {"type": "string"}},
    "columns": {
      "type": "array",
      "items": {
        "type": "object",
        "required": ["name", "type"],
        "additionalProperties": false,
        "properties": {"name": {"type": "string"}, "type": {"$ref": "#/$defs/scalar_type"}}
      }
    },
    "entity": {
      "type": "object",
      "required": ["name", "keys"],
      "additionalProperties": false,
      "properties": {
        "name": {"type": "string"},
        "description": {"type": "string"},
        "keys": {
          "type": "array",
          "items": {
            "type": "object",
            "required": ["name"],
            "additionalProperties": false,
            "properties": {
              "name": {"type": "string"},
              "type": {"$ref": "#/$defs/scalar_type", "description": "absent: no source declares the column; the data tells"}
            }
          }
        }
      }
    },
    "source": {
      "type": "object",
      "required": ["name", "entity", "event_time", "arrival", "allowed_lateness_us", "columns"],
      "additionalProperties": false,
      "properties": {
        "name": {"type": "string"},
        "description": {"type": "string"},
        "entity": {"type": "string"},
        "event_time": {"type": "string"},
        "unit": {"enum": ["s", "ms", "us", "ns"], "description": "of an integer event time"},
        "arrival": {
          "description": "what orders events of equal time",
          "oneOf": [
            {"type": "object", "required": ["column"], "additionalProperties": false, "properties": {"column": {"type": "string"}}},
            {"type": "object", "required": ["order"], "additionalProperties": false, "properties": {"order": {"const": "position"}}}
          ]
        },
        "identity": {
          "type": "object",
          "description": "which rows are one event: those of one key, one event time and one id that is not null",
          "required": ["id", "duplicates"],
          "additionalProperties": false,
          "properties": {
            "id": {"type": "string", "description": "a column"},
            "type": {"enum": ["int64", "string"], "description": "of the id; absent: the data tells"},
            "duplicates": {"enum": ["last", "first"], "description": "which of them counts, in order of arrival"},
            "deleted": {"type": "string", "description": "a bool column: true takes the event back"}
          }
        },
        "allowed_lateness_us": {"$ref": "#/$defs/duration_us"},
        "columns": {"$ref": "#/$defs/columns", "description": "only those that the plan reads"},
        "unread_columns": {"$ref": "#/$defs/columns", "description": "the others that the source declares"},
        "batch": {
          "type": "object",
          "required": ["format", "path"],
          "additionalProperties": false,
          "properties": {"format": {"enum": ["parquet", "csv", "ndjson"]}, "path": {"type": "string"}}
        },
        "stream": {
          "type": "object",
          "required": ["kind", "format", "options"],
          "additionalProperties": false,
          "properties": {
            "kind": {"enum": ["kafka", "pubsub", "push"]},
            "format": {"enum": ["json"], "description": "of the messages"},
            "options": {"type": "object", "additionalProperties": {"type": "string"}, "description": "brokers, topic, subscription"}
          }
        }
      }
    },
    "expression": {
      "type": "object",
      "required": ["type"],
      "properties": {"type": {"$ref": "#/$defs/type"}},
      "oneOf": [
        {"required": ["literal"], "properties": {"type": {}, "literal": {}}, "additionalProperties": false},
        {"required": ["column"], "properties": {"type": {}, "column": {"type": "string"}, "source": {"type": "string"}}, "additionalProperties": false},
        {"required": ["feature"], "properties": {"type": {}, "feature": {"type": "string"}}, "additionalProperties": false},
        {
          "required": ["call"],
          "properties": {
            "type": {},
            "call": {"type": "string", "description": "an operator or function of the language"},
            "arguments": {"type": "array", "items": {"$ref": "#/$defs/expression"}, "description": "absent: none"}
          },
          "additionalProperties": false
        }
      ]
    },
    "series": {
      "type": "object",
      "required": ["id", "source", "formulas", "features"],
      "additionalProperties": false,
      "properties": {
        "id": {"type": "integer", "minimum": 0},
        "source": {"type": "string"},
        "filter": {"$ref": "#/$defs/expression", "description": "absent: every event"},
        "formulas": {"type": "array", "maxItems": 2, "items": {"$ref": "#/$defs/expression"}, "description": "none: the events themselves; two: pairs"},
        "features": {"$ref": "#/$defs/names", "description": "whose values at the event's instant the filter or a formula uses"}
      }
    },
    "window": {
      "oneOf": [
        {
          "type": "object",
          "required": ["kind", "size_us", "closed", "offset_us"],
          "additionalProperties": false,
          "properties": {
            "kind": {"const": "size"},
            "size_us": {"$ref": "#/$defs/duration_us"},
            "closed": {"enum": ["right", "left", "both", "neither"]},
            "offset_us": {"$ref": "#/$defs/duration_us"}
          }
        },
        {
          "type": "object",
          "required": ["kind", "last"],
          "additionalProperties": false,
          "properties": {"kind": {"const": "last"}, "last": {"type": "integer", "minimum": 1, "maximum": 10000}}
        },
        {
          "type": "object",
          "required": ["kind", "size_us", "offset_us"],
          "additionalProperties": false,
          "properties": {"kind": {"const": "tumbling"}, "size_us": {"$ref": "#/$defs/duration_us"}, "offset_us": {"$ref": "#/$defs/duration_us"}}
        },
        {
          "type": "object",
          "required": ["kind", "gap_us"],
          "additionalProperties": false,
          "properties": {"kind": {"const": "session"}, "gap_us": {"$ref": "#/$defs/duration_us"}}
        },
        {"type": "object", "required": ["kind"], "additionalProperties": false, "properties": {"kind": {"const": "lifetime"}}}
      ]
    },
    "params": {
      "type": "object",
      "description": "an absent number is 0, absent edges are none",
      "additionalProperties": false,
      "properties": {
        "k": {"type": "integer", "minimum": 1, "maximum": 10000},
        "p": {"type": "number", "minimum": 0, "maximum": 1},
        "half_life_us": {"$ref": "#/$defs/duration_us"},
        "edges": {"type": "array", "items": {"type": "number"}}
      }
    },
    "state": {
      "type": "object",
      "required": ["id", "series", "window", "kind", "params", "aggregations"],
      "additionalProperties": false,
      "properties": {
        "id": {"type": "integer", "minimum": 0},
        "series": {"type": "integer", "minimum": 0, "description": "id of a series"},
        "window": {"$ref": "#/$defs/window"},
        "kind": {"enum": ["count", "sum", "moments", "power_moments", "pair_moments", "extremes", "position", "ordered", "distinct", "bool_counts", "ewma", "time_weighted", "histogram", "hyper_log_log", "log_buckets"]},
        "params": {"$ref": "#/$defs/params"},
        "aggregations": {"$ref": "#/$defs/names", "description": "what is read from the state"}
      }
    },
    "feature": {
      "type": "object",
      "required": ["name", "version", "digest", "entity", "source", "type", "uses", "depends_on_arrival"],
      "oneOf": [{"required": ["finalizer"]}, {"required": ["formula"]}],
      "additionalProperties": false,
      "properties": {
        "name": {"type": "string"},
        "version": {"type": "string", "pattern": "^[0-9]+\\.[0-9]+(\\.[0-9]+)?$"},
        "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 of the meaning"},
        "entity": {"type": "string"},
        "source": {"type": "string", "description": "the driving source"},
        "type": {"$ref": "#/$defs/type"},
        "default": {"description": "in place of null"},
        "finalizer": {
          "type": "object",
          "description": "how the value comes of a state",
          "required": ["aggregation", "state", "params"],
          "additionalProperties": false,
          "properties": {
            "aggregation": {"type": "string"},
            "state": {"type": "integer", "minimum": 0, "description": "id of a state"},
            "params": {"$ref": "#/$defs/params"}
          }
        },
        "formula": {"$ref": "#/$defs/expression", "description": "of a derived feature: over features at the same instant"},
        "uses": {"$ref": "#/$defs/names", "description": "features that it uses directly"},
        "depends_on_arrival": {"type": "boolean"},
        "is_for_check": {"const": true, "description": "added so that checks can be held against values; no output of its own"},
        "description": {"type": "string"},
        "owner": {"type": "string"},
        "tags": {"$ref": "#/$defs/names"},
        "formula_text": {"type": "string", "description": "as written"},
        "filter_text": {"type": "string", "description": "as written"},
        "checks": {"type": "array", "items": {"$ref": "#/$defs/check"}}
      }
    },
    "check": {
      "type": "object",
      "description": "a quality check; which parameters it has follows from its type",
      "required": ["name", "type", "severity"],
      "additionalProperties": false,
      "properties": {
        "name": {"type": "string"},
        "type": {"enum": ["range", "completeness", "freshness", "allowed_values", "unique", "not_null", "monotonic", "volume", "drift", "expression"]},
        "severity": {"enum": ["error", "warn"]},
        "low": {"type": "number", "description": "of a range; absent: everything below"},
        "high": {"type": "number", "description": "of a range; absent: everything above"},
        "min_fraction": {"type": "number", "minimum": 0, "maximum": 1, "description": "of a range: the share of values that must lie in it"},
        "threshold": {"type": "number", "description": "of completeness: the share of values that must be there; of drift: the largest distance"},
        "max_age_us": {"$ref": "#/$defs/duration_us", "description": "of freshness"},
        "values": {"type": "array", "description": "of allowed_values"},
        "min": {"type": "integer", "description": "of volume"},
        "max": {"type": "integer", "description": "of volume"},
        "per_us": {"$ref": "#/$defs/duration_us", "description": "of volume"},
        "metric": {"enum": ["psi", "ks", "js", "wasserstein"], "description": "of drift"},
        "reference_us": {"$ref": "#/$defs/duration_us", "description": "of drift: how far back the values lie that are compared with"},
        "formula_text": {"type": "string", "description": "of an expression, as written"},
        "holds": {"type": "string", "description": "of an expression: the feature, marked is_for_check, that says whether it holds"}
      }
    }
  }
}
)json";
}

}  // namespace headrace

#include "plan/plan_json_schema.h"

namespace headrace {

std::string_view plan_json_schema() {
  return R"json({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "headrace plan --format json",
  "description": "What is to be computed: features are finalizers over states, states keep series in windows, series are values at a source's events. Equal plans are equal texts.",
  "type": "object",
  "required": ["format_version", "project", "entities", "sources", "series", "states", "features"],
  "additionalProperties": false,
  "properties": {
    "format_version": {"const": 1},
    "project": {"type": "string"},
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
    "entity": {
      "type": "object",
      "required": ["name", "keys"],
      "additionalProperties": false,
      "properties": {
        "name": {"type": "string"},
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
        "allowed_lateness_us": {"$ref": "#/$defs/duration_us"},
        "columns": {
          "type": "array",
          "description": "only those that the plan reads",
          "items": {
            "type": "object",
            "required": ["name", "type"],
            "additionalProperties": false,
            "properties": {"name": {"type": "string"}, "type": {"$ref": "#/$defs/scalar_type"}}
          }
        },
        "batch": {
          "type": "object",
          "required": ["format", "path"],
          "additionalProperties": false,
          "properties": {"format": {"type": "string"}, "path": {"type": "string"}}
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
        "depends_on_arrival": {"type": "boolean"}
      }
    }
  }
}
)json";
}

}  // namespace headrace

#include "io/offline/manifest.h"

namespace headrace {

std::string_view manifest_json_schema() {
  return R"json({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Headrace manifest of an offline store",
  "description": "Lists the files that readers may trust. Readers ignore keys that they don't know and refuse a greater format_version.",
  "type": "object",
  "required": ["format_version", "headrace_version", "entities", "history"],
  "properties": {
    "format_version": {"const": 1},
    "headrace_version": {"type": "string", "description": "the program that wrote the manifest last"},
    "entities": {"type": "array", "items": {"$ref": "#/$defs/entity"}, "description": "one table for each entity, in order of name"},
    "history": {"type": "array", "items": {"$ref": "#/$defs/meaning"}, "description": "what each version of a feature means; a version never changes its digest"}
  },
  "$defs": {
    "scalar_type": {"enum": ["bool", "int64", "double", "string", "timestamp"]},
    "time": {"type": ["string", "null"], "format": "date-time"},
    "count": {"type": "integer", "minimum": 0},
    "digest": {"type": "string", "pattern": "^[0-9a-f]+$"},
    "entity": {
      "type": "object",
      "required": ["name", "format", "keys", "features", "runs", "partitions"],
      "properties": {
        "name": {"type": "string"},
        "format": {"enum": ["parquet", "csv", "ndjson"]},
        "keys": {
          "type": "array",
          "description": "the first columns; then follow event_time and the features",
          "items": {"type": "object", "required": ["name", "type"], "properties": {"name": {"type": "string"}, "type": {"$ref": "#/$defs/scalar_type"}}}
        },
        "features": {
          "type": "array",
          "items": {
            "type": "object",
            "required": ["name", "version", "digest", "type"],
            "properties": {
              "name": {"type": "string"},
              "version": {"type": "string"},
              "digest": {"$ref": "#/$defs/digest", "description": "SHA-256 of the meaning"},
              "type": {"type": "string", "pattern": "^(list of )?(bool|int64|double|string|timestamp)$"}
            }
          }
        },
        "runs": {"type": "array", "items": {"$ref": "#/$defs/run"}},
        "partitions": {"type": "array", "items": {"$ref": "#/$defs/partition"}, "description": "in order of day"}
      }
    },
    "run": {
      "type": "object",
      "description": "one backfill whose partitions the table holds",
      "required": ["id", "from", "to", "every", "inputs", "partitions", "rows"],
      "properties": {
        "id": {"$ref": "#/$defs/digest", "description": "of columns, request, inputs and format: equal ids, equal bytes"},
        "from": {"$ref": "#/$defs/time", "description": "first output instant, inclusive"},
        "to": {"$ref": "#/$defs/time", "description": "end of output instants, exclusive"},
        "every": {"type": ["string", "null"], "description": "the step of the grid; null: a row at each event"},
        "inputs": {
          "type": "array",
          "items": {
            "type": "object",
            "required": ["path", "bytes", "modified_us"],
            "properties": {"path": {"type": "string"}, "bytes": {"$ref": "#/$defs/count"}, "modified_us": {"type": "integer"}}
          }
        },
        "partitions": {"$ref": "#/$defs/count", "description": "that it wrote; a later run may have replaced some"},
        "rows": {"$ref": "#/$defs/count"}
      }
    },
    "partition": {
      "type": "object",
      "required": ["day", "file", "rows", "bytes", "run"],
      "properties": {
        "day": {"type": "string", "format": "date"},
        "file": {"type": "string", "description": "path from the folder of the manifest"},
        "rows": {"$ref": "#/$defs/count"},
        "bytes": {"$ref": "#/$defs/count"},
        "run": {"$ref": "#/$defs/digest"}
      }
    },
    "meaning": {
      "type": "object",
      "required": ["name", "version", "digest", "entity", "meaning"],
      "properties": {
        "name": {"type": "string"},
        "version": {"type": "string"},
        "digest": {"$ref": "#/$defs/digest"},
        "entity": {"type": "string"},
        "meaning": {"type": "string", "description": "canonical text of the definition, for people"}
      }
    }
  }
}
)json";
}

}  // namespace headrace

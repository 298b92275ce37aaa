#include "language/diagnostics/code_tables.h"

namespace headrace {
namespace {

using enum Severity;

constexpr CodeEntry kDocumentCodes[] = {
    {"D001", kError, "not a definition", "A document is a mapping with one top-level key, which says what it defines.",
     "- name: speed", "feature:\n  name: speed"},
    {"D002", kError, "unknown kind of definition",
     "The top-level key of a document is `feature`, `source`, `entity` or `project`.", "features:\n  name: speed",
     "feature:\n  name: speed"},
    {"D003", kError, "several definitions in one document",
     "A document defines one thing. Either a line `---` is missing between two definitions, or a key is not "
     "indented.",
     "entity:\n  name: pump\nsource:\n  name: telemetry", "entity:\n  name: pump\n---\nsource:\n  name: telemetry"},
    {"D004", kError, "unknown key",
     "The key has no meaning here. Unknown keys are errors, because a misspelt option that is ignored gives wrong "
     "values silently.",
     "feature:\n  name: speed\n  windw: 1h", "feature:\n  name: speed\n  window: 1h"},
    {"D005", kError, "missing key",
     "A key that the definition must have is not there. The mark is the definition's first line.",
     "feature:\n  name: speed\n  version: \"1.0\"", "feature:\n  name: speed\n  owner: operations\n  version: \"1.0\""},
    {"D006", kError, "wrong kind of value",
     "The value has another form than the key needs: a list instead of text, a number instead of a list. Text that "
     "looks like a number, a boolean or null needs quotes.",
     "owner: 42", "owner: \"42\""},
    {"D007", kError, "no value", "The key is there but has no value, or an empty one.", "owner:", "owner: operations"},
    {"D008", kError, "not a name",
     "Names of features have lower-case letters, digits and `_`, and begin with a letter; they become columns of "
     "tables. Names of entities and sources may have upper-case letters too.",
     "feature: {name: Pump-Speed}", "feature: {name: pump_speed}"},
    {"D009", kError, "defined twice",
     "Two definitions of one kind have the same name. A definition with lists stands for several names, which must "
     "be free too.",
     "feature: {name: speed}\n---\nfeature: {name: speed}", "feature: {name: speed}\n---\nfeature: {name: top_speed}"},
    {"D010", kError, "not a duration",
     "A duration is a positive integer with one of the units ms, s, m, h, d and w. A day has 24 hours; there are no "
     "months.",
     "allowed_lateness: 10 minutes", "allowed_lateness: 10m"},
    {"D011", kError, "not one of the choices", "The key takes one of a few words.", "unit: millis", "unit: ms"},
    {"D012", kError, "a number out of range", "The number is outside the range that makes sense for the key.",
     "params: {k: 0}", "params: {k: 3}"},
    {"P001", kError, "`project` outside project.yaml",
     "The project is defined in project.yaml, at the top of the repository, and nowhere else.",
     "# features/pumps.yaml\nproject: {name: station}", "Move the document to project.yaml."},
    {"P002", kError, "two projects", "A repository has one `project`.", "project: {name: a}\n---\nproject: {name: b}",
     "Remove one of them."},
    {"P003", kError, "unknown default", "`defaults` of the project name a source or an entity that is not defined.",
     "project:\n  name: station\n  defaults: {source: telemetri}", "Correct the name, or define the source."},
    {"E001", kError, "no usable key", "An entity has one key column or a list of different ones.",
     "entity: {name: pump, key: [site, site]}", "entity: {name: pump, key: [site, pump_id]}"},
    {"N001", kError, "a secret that is written out",
     "environments.yaml is kept with the definitions, and passwords and keys must not be. The variable or the file "
     "that "
     "has the secret is written there instead.",
     "settings: {sasl.password: hunter2}", "settings: {sasl.password: \"${KAFKA_PASSWORD}\"}"},
    {"N002", kError, "unknown source", "`sources` of an environment names a source that is not defined.",
     "dev: {sources: {telemetri: {idle_after: 1m}}}", "dev: {sources: {telemetry: {idle_after: 1m}}}"},
    {"N003", kError, "messages that cannot be decoded so",
     "What an environment says of the messages of a source does not go together, or nothing says where their schemas "
     "are: those of Avro and Protobuf are in `kafka.registry`, or in a file that is named beside `format`.",
     "dev: {kafka: {}, sources: {telemetry: {format: avro}}}",
     "dev: {kafka: {registry: {url: \"http://registry:8081\"}}, sources: {telemetry: {format: avro}}}"},
    {"S001", kError, "unknown entity", "The source names an entity that is not defined.",
     "source: {name: telemetry, entity: pmp}", "source: {name: telemetry, entity: pump}"},
    {"S002", kError, "unknown column type",
     "A column is bool, int64, double, string or timestamp. Smaller types in files (int32, float32, dates) are "
     "widened when they are read.",
     "columns: {speed: float}", "columns: {speed: double}"},
    {"S003", kError, "an event time that is not a time",
     "The event time is a timestamp column, or an int64 column with `unit`.", "event_time: at\ncolumns: {at: string}",
     "event_time: at\ncolumns: {at: timestamp}"},
    {"S004", kError, "`unit` and the event time disagree",
     "An integer event time needs `unit` to say what it counts; a timestamp has no unit.",
     "event_time: at\ncolumns: {at: int64}", "event_time: at\nunit: ms\ncolumns: {at: int64}"},
    {"S005", kError, "`arrival` is not an int64 column",
     "`arrival` names the column that orders events of equal time. If it is listed among `columns`, it must be an "
     "int64.",
     "arrival: seq\ncolumns: {seq: string}", "arrival: seq\ncolumns: {seq: int64}"},
    {"S006", kError, "a key column that is a double",
     "Key columns are int64, string, bool or timestamp. Equality of doubles is not what a key needs.",
     "columns: {pump_id: double}", "columns: {pump_id: int64}"},
    {"S007", kError, "key columns of different types",
     "All sources of an entity must give a key column the same type, or their events cannot be brought together.",
     "One source has `pump_id: int64`, another `pump_id: string`.", "Give the column one type in both."},
    {"S008", kError, "not exactly one stream", "`stream` names one system: `kafka`, `pubsub` or `push`.",
     "stream: {format: json}", "stream: {kafka: {brokers: \"localhost:9092\", topic: pumps}, format: json}"},
    {"S009", kError, "a source called `feature`",
     "In formulas `feature.NAME` stands for a feature, so no source can have this name.", "source: {name: feature}",
     "source: {name: feature_log}"},
    {"S010", kWarning, "a subscription without its project",
     "Pub/Sub knows a subscription by projects/PROJECT/subscriptions/NAME. A generated pipeline refuses to read a "
     "stream "
     "whose definition says less.",
     "stream: {pubsub: {subscription: pumps}}", "stream: {pubsub: {subscription: pumps, project: plant-7}}"},
    {"S011", kError, "a key that needs `id`",
     "`duplicates` says which of several rows of one event counts, `deleted` takes an event back: both need `id`, the "
     "column that tells which rows are one event.",
     "deleted: is_void", "id: reading_id\ndeleted: is_void"},
    {"S012", kError, "`deleted` with `duplicates: first`",
     "A deletion is a later row of the event that it takes back. Where the first row counts, no later row does.",
     "id: reading_id\nduplicates: first\ndeleted: is_void", "id: reading_id\ndeleted: is_void"},
    {"S013", kError, "`id` is not an int64 or string column",
     "`id` names the column whose value is the same when an event is sent again. If it is listed among `columns`, it "
     "must be an int64 or a string.",
     "id: reading\ncolumns: {reading: double}", "id: reading\ncolumns: {reading: string}"},
    {"S014", kError, "`deleted` is not a bool column",
     "`deleted` names the column that is true where an event is taken back. If it is listed among `columns`, it must "
     "be "
     "a bool.",
     "id: reading\ndeleted: state\ncolumns: {state: string}",
     "id: reading\ndeleted: is_void\ncolumns: {is_void: bool}"},
    {"S015", kError, "a form of text files that cannot be",
     "Beside `format` and `path`, `batch` says how files of text are written: for csv `delimiter`, `decimal`, `quote`, "
     "`header` and `encoding`, for csv and ndjson `nulls` and `time_format`. Delimiter, decimal mark and quote are one "
     "character each, and differ; a `time_format` says year, month and day as strptime does.",
     "batch: {format: csv, path: data, decimal: \",\"}",
     "batch: {format: csv, path: data, delimiter: \";\", decimal: \",\"}"},
};

}  // namespace

const std::vector<CodeEntry>& document_codes() {
  static const std::vector<CodeEntry> codes(std::begin(kDocumentCodes), std::end(kDocumentCodes));
  return codes;
}

}  // namespace headrace

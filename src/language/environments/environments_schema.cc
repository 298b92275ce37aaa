#include "data/json/json_schema.h"
#include "language/environments/environments.h"

namespace headrace {
namespace {

JsonSchema words(std::string description) { return schema_of_type("string").with_description(std::move(description)); }

JsonSchema mapping(std::vector<JsonProperty> properties, std::string description) {
  for (JsonProperty& property : properties) {
    property.is_required = !property.name.ends_with('?');
    if (!property.is_required) property.name.pop_back();
  }
  return schema_of_object(std::move(properties)).with_description(std::move(description));
}

JsonSchema span(std::string description) {
  JsonSchema out = words(std::move(description));
  out.pattern = "^0*[1-9][0-9]*(ms|s|m|h|d|w)$";
  return out;
}

/// A mapping from names to one form.
JsonSchema by_name(JsonSchema form, std::string description) {
  JsonSchema out = schema_of_type("object").with_description(std::move(description));
  out.others = {std::move(form)};
  return out;
}

JsonSchema registry_schema() {
  return mapping(
      {{"url", words("http://HOST:PORT or https://HOST:PORT, with the path before /schemas where there is one.")},
       {"user?", words("Who the server is there.")},
       {"password?", words("The variable that has the password, as ${VARIABLE}.")},
       {"password_file?", words("The file that has the password.")},
       {"ca?", words("File of the certificates that are trusted for TLS, PEM; default those of the system.")}},
      "The schema registry, of Confluent's REST form, in which the schemas of Avro and Protobuf are.");
}

JsonSchema kafka_schema() {
  JsonSchema setting;
  setting.types = {"string", "number", "boolean"};
  return mapping(
      {{"brokers?", words("host:port, several by commas; default: those of each source.")},
       {"group?", words("The group under which positions are shown at the broker; default headrace-ENVIRONMENT.")},
       {"owner_topic?",
        words("Of servers with `role: standby`, where sources have several topics: the one by which they find their "
              "owner. All of them name the same.")},
       {"registry?", registry_schema()},
       {"settings?",
        by_name(setting,
                "Settings of librdkafka by name, such as security.protocol. A secret is a variable, or its file: "
                "sasl.password_file is the setting sasl.password from a file.")}},
      "Where it stands, sources with stream.kafka are read from their topics.");
}

JsonSchema pubsub_schema() {
  return mapping(
      {{"project?", words("The project of the subscriptions; default that of each source.")},
       {"endpoint?", words("HOST:PORT; default pubsub.googleapis.com:443, or what PUBSUB_EMULATOR_HOST says. One on "
                           "this machine is spoken to without TLS and without credentials, unless there is a "
                           "credentials_file.")},
       {"credentials_file?", words("The file of the account's key, in JSON; default Google's default credentials.")}},
      "Where it stands, sources with stream.pubsub are read from their subscriptions in Google Pub/Sub.");
}

JsonSchema redis_schema() {
  return mapping(
      {{"address?", words("HOST:PORT, or rediss://HOST:PORT for TLS; default 127.0.0.1:6379.")},
       {"user?", words("Who the server is there; default Redis's default user.")},
       {"password?", words("The variable that has the password, as ${VARIABLE}.")},
       {"password_file?", words("The file that has the password.")},
       {"ca?", words("File of the certificates that are trusted for TLS, PEM; default those of the system.")},
       {"project?", words("Feast's name of the project; default that of generate feast.")},
       {"refresh?", span("How late a row may be after an event or after a window's edge; default 1s, 10ms at least.")},
       {"expire_after?", span("How long after its newest event an entity is let go of; default never.")}},
      "Where it stands, the latest values of all entities are kept in a Redis, in Feast's layout; {} is the one on "
      "this "
      "machine.");
}

JsonSchema values_file_schema() {
  return mapping(
      {{"path", words("Where the file is; best in memory, such as /dev/shm/headrace.values.")},
       {"refresh?", span("How late a value may be after an event or a window's edge; default 100ms, 10ms at least.")}},
      "Where it stands, the latest values of all entities are kept in a file that programs on this machine read in "
      "process, with the C library headrace_reader.");
}

JsonSchema feature_log_schema() {
  JsonSchema sample = words("The share of the reads that is kept, such as 1%: by a hash of entity, key and instant.");
  sample.pattern = "^[0-9]+(\\.[0-9]+)? ?%$";
  const auto limit = [](std::string description) {
    JsonSchema out = schema_of_type("integer").with_description(std::move(description));
    out.minimum = 1;
    return out;
  };
  return mapping({{"sample", sample},
                  {"folder?", words("Where the files are; default .headrace/feature-log.")},
                  {"every?", span("How long a read waits for its file at most; default 1m.")},
                  {"keep?", span("Days that are older are removed; default none is.")},
                  {"rows_max?", limit("Rows of a file; default 100000.")},
                  {"bytes_max?", limit("Bytes of all files; the oldest ones go. Default no limit.")}},
                 "Where it stands, a sample of the reads is kept with its values, as Parquet files by day.");
}

JsonSchema count(std::string description) {
  JsonSchema out = schema_of_type("integer").with_description(std::move(description));
  out.minimum = 1;
  return out;
}

JsonSchema traces_schema() {
  JsonSchema sample =
      words("The share of the traces that begin here; default 1%. A caller's traceparent is followed as it says.");
  sample.pattern = "^[0-9]+(\\.[0-9]+)? ?%$";
  return mapping(
      {{"endpoint", words("Of a collector that takes OTLP over HTTP: http://127.0.0.1:4318; /v1/traces is put "
                          "behind it unless it has a path.")},
       {"headers?", by_name(schema_of_type("string"),
                            "Headers that let the server in, such as authorization: the variable that has one, "
                            "${VARIABLE}, or its file, authorization_file: PATH.")},
       {"sample?", sample}},
      "Where it stands, spans of requests, commits, reloads and checkpoints are sent there, as OTLP in JSON.");
}

JsonSchema source_settings_schema() {
  JsonSchema idle;
  idle.any_of = {span(""), schema_of_words({"never"})};
  return mapping(
      {{"idle_after?",
        idle.with_description("How long a partition that has nothing left brings nothing before it does not hold "
                              "the watermark any more, or never; default 30s.")},
       {"max_ahead?", idle.with_description(
                          "How far ahead of the server's clock an event may be: it waits for its time. One beyond it "
                          "is left out and told; never: none is. Default 1d.")},
       {"ahead_events_max?",
        count("How many events may wait for their time; those beyond are left out. Default 100000.")},
       {"ahead_bytes_max?", count("Bytes of their texts, likewise; default 67108864.")},
       {"on_bad_row?", schema_of_words({"skip", "stop"})
                           .with_description("skip: an event that cannot be read is left out and told; stop: it stops "
                                             "the source, or the push that brings it is refused. Default skip.")},

       {"dedupe_for?",
        span("How long the Idempotency-Key of a push and the id of a message of Pub/Sub are known: what comes again "
             "within it is not taken again. Default 1h.")},
       {"fill?",
        mapping(
            {{"before?", words("The first instant from which the stream has all events; earlier ones are those of the "
                               "files. Default: from when on its topic of Kafka is complete, as far as the broker can "
                               "tell; it is asked once.")},
             {"quiet?", span("How long the files may have no event before that, without that being a gap.")}},
            "Where it stands, the values begin with the source's batch files, and its stream takes over.")},
       {"subscription?", words("The subscription of Pub/Sub that is read here: a name, or its path. Each server needs "
                               "one of its own. Default that of the definition.")},

       // What its messages are made of.
       {"format?",
        schema_of_words({"json", "avro", "protobuf"})
            .with_description("What the messages of its topic are; default json. Pushes are JSON or Arrow.")},
       {"framing?",
        schema_of_words({"plain", "confluent"})
            .with_description("confluent: each message has the number of its schema before it. Default plain, "
                              "and confluent where the schemas are those of kafka.registry.")},
       {"schema_file?", words("Of avro without a registry: file of the schema with which all messages were written.")},
       {"descriptor_file?",
        words("Of protobuf without a registry: file of a FileDescriptorSet, as protoc writes it with "
              "include_imports.")},
       {"message?", words("The full name of the message in descriptor_file, such as station.Telemetry.")}},
      "How a source is read here.");
}

JsonSchema environment_schema() {
  JsonSchema threads = schema_of_type("integer").with_description("Threads that answer requests; default 2.");
  threads.minimum = 1;
  threads.maximum = 256;

  return mapping(
      {{"role?",
        schema_of_words({"alone", "standby", "replica"})
            .with_description("alone: this server is the only one of the environment; standby: one of several, of "
                              "which one writes for all and another takes over when it is gone; replica: it reads "
                              "topics and answers. Default alone.")},
       {"listen?", words("ADDRESS:PORT where the server listens; default 127.0.0.1:7077, or a free port.")},
       {"data?", words("Folder of the server's store; default .headrace/server.")},
       {"tokens?", words("File of the tokens that may ask.")},
       {"tls?", mapping({{"certificate", words("File of the certificate and its chain, PEM.")},
                         {"private_key", words("File of the certificate's private key, PEM.")}},
                        "For HTTPS.")},
       {"threads?", threads},

       // What is kept, and how.
       {"history?",
        span("How far back values of past times are answered; default as far as the longest window reaches.")},
       {"keep?",
        span("How long before that events stay in the store, for definitions that come later; default for ever.")},
       {"checkpoint_every?", span("How often the states are saved, so that the next start is short; default 5m.")},
       {"durability?", schema_of_words({"sync", "interval"})
                           .with_description("sync: a push is answered when it is on the disk; interval: when it is "
                                             "written, and on the disk a little later. Default sync.")},
       {"sync_every?",
        span("Of `durability: interval`: how long after it was written at the latest the disk is asked to "
             "keep it; 1ms to 60s, default 100ms.")},
       {"kafka?", kafka_schema()},
       {"pubsub?", pubsub_schema()},
       {"redis?", redis_schema()},
       {"values_file?", values_file_schema()},
       {"feature_log?", feature_log_schema()},
       {"traces?", traces_schema()},
       {"sources?", by_name(source_settings_schema(), "Settings of sources, by their names.")}},
      "Where and how the server runs. Paths are relative to the project; ${VARIABLE} stands for a variable of the "
      "environment.");
}

}  // namespace

std::string environments_json_schema() {
  JsonSchema schema = by_name(environment_schema(), "environments.yaml: environments by name; `dev` is the default.");
  schema.title = "Headrace environments";
  return to_json(schema);
}

}  // namespace headrace

#include "language/environments/environments.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <set>

namespace headrace {
namespace {

LoadedEnvironments load(const std::string& text) {
  return load_environments({"environments.yaml", text}, {"telemetry"});
}

/// The keys that the reader names when it refuses one.
std::set<std::string> keys_of_environment_reader(const std::string& yaml) {
  std::set<std::string> keys;
  for (const Diagnostic& diagnostic : load(yaml).diagnostics.sorted()) {
    if (diagnostic.code != "D004") continue;
    for (size_t open = diagnostic.help.find('`'); open != std::string::npos;) {
      const size_t close = diagnostic.help.find('`', open + 1);
      keys.insert(diagnostic.help.substr(open + 1, close - open - 1));
      open = diagnostic.help.find('`', close + 1);
    }
  }
  return keys;
}

std::set<std::string> keys_of_environment_schema(const nlohmann::json& schema) {
  std::set<std::string> keys;
  for (const auto& [key, value] : schema.at("properties").items()) keys.insert(key);
  return keys;
}

TEST(EnvironmentsTest, SchemaHasTheKeysOfTheReader) {
  const auto environment = nlohmann::json::parse(environments_json_schema()).at("additionalProperties");
  const auto& parts = environment.at("properties");
  EXPECT_EQ(keys_of_environment_schema(environment), keys_of_environment_reader("dev: {zzzzzzzz: 1}"));
  EXPECT_EQ(keys_of_environment_schema(parts.at("tls")), keys_of_environment_reader("dev: {tls: {zzzzzzzz: 1}}"));
  EXPECT_EQ(keys_of_environment_schema(parts.at("kafka")), keys_of_environment_reader("dev: {kafka: {zzzzzzzz: 1}}"));
  EXPECT_EQ(keys_of_environment_schema(parts.at("pubsub")), keys_of_environment_reader("dev: {pubsub: {zzzzzzzz: 1}}"));
  EXPECT_EQ(keys_of_environment_schema(parts.at("kafka").at("properties").at("registry")),
            keys_of_environment_reader("dev: {kafka: {registry: {url: a, zzzzzzzz: 1}}}"));
  EXPECT_EQ(keys_of_environment_schema(parts.at("redis")), keys_of_environment_reader("dev: {redis: {zzzzzzzz: 1}}"));
  EXPECT_EQ(keys_of_environment_schema(parts.at("values_file")),
            keys_of_environment_reader("dev: {values_file: {path: v, zzzzzzzz: 1}}"));
  EXPECT_EQ(keys_of_environment_schema(parts.at("feature_log")),
            keys_of_environment_reader("dev: {feature_log: {sample: 1%, zzzzzzzz: 1}}"));
  EXPECT_EQ(keys_of_environment_schema(parts.at("traces")),
            keys_of_environment_reader("dev: {traces: {endpoint: a, zzzzzzzz: 1}}"));
  EXPECT_EQ(keys_of_environment_schema(parts.at("sources").at("additionalProperties")),
            keys_of_environment_reader("dev: {sources: {telemetry: {zzzzzzzz: 1}}}"));
}

TEST(EnvironmentsTest, AFeatureLogHasASample) {
  const LoadedEnvironments loaded = load("dev: {feature_log: {sample: 0.5 %, every: 10s, keep: 30d, bytes_max: 9}}");
  ASSERT_FALSE(loaded.diagnostics.has_errors());
  const EnvironmentFeatureLog& log = *loaded.find("dev")->feature_log;
  EXPECT_EQ(log.sample, 0.005);
  EXPECT_EQ(log.keep->us, 30 * 86400 * kMicrosPerSecond);
  EXPECT_EQ(log.bytes_max, 9);
  for (const std::string text :
       {"{}", "{sample: 0%}", "{sample: 101%}", "{sample: 1}", "{sample: x%}", "{sample: -1%}", "{sample: [1]}",
        "{sample: 1%, rows_max: 0}", "{sample: 1%, bytes_max: x}", "[]", "1%", "{sample: nan%}"}) {
    EXPECT_TRUE(load("dev: {feature_log: " + text + "}").diagnostics.has_errors()) << text;
  }
}

TEST(EnvironmentsTest, AreReadAsWritten) {
  const LoadedEnvironments loaded = load(R"(
dev: {}
prod:
  listen: 0.0.0.0:7077
  tls: {certificate: c.pem, private_key: k.pem}
  history: 30d
  kafka:
    brokers: "${BROKERS}"
    settings: {sasl.password: "${PASSWORD}", ssl.key.password_file: k.txt, socket.keepalive.enable: true}
  pubsub: {project: "${PROJECT}", endpoint: "localhost:8085", credentials_file: key.json}
  redis: {address: "rediss://cache:6380", password: "${REDIS_PASSWORD}", refresh: 200ms, expire_after: 30d}
  traces: {endpoint: "https://collector:4318", headers: {authorization: "Bearer ${TOKEN}", x-key_file: key.txt}, sample: 5%}
  values_file: {path: /dev/shm/station.values, refresh: 50ms}
  durability: interval
  sync_every: 20ms
  sources:
    telemetry: {idle_after: never, max_ahead: 2h, ahead_events_max: 5, ahead_bytes_max: 900, on_bad_row: stop, dedupe_for: 10m, subscription: own}
)");
  EXPECT_FALSE(loaded.diagnostics.has_errors());
  ASSERT_NE(loaded.find("prod"), nullptr);
  EXPECT_EQ(loaded.find("test"), nullptr);
  const Environment& prod = *loaded.find("prod");
  EXPECT_EQ(prod.listen->text, "0.0.0.0:7077");
  EXPECT_EQ(prod.tls->private_key.text, "k.pem");
  EXPECT_EQ(prod.history, Duration{30 * kMicrosPerDay});
  EXPECT_EQ(prod.kafka->brokers->text, "${BROKERS}");
  EXPECT_EQ(prod.kafka->settings.at("socket.keepalive.enable").text, "true");
  EXPECT_EQ(prod.kafka->settings.size(), 3u);
  EXPECT_EQ(prod.pubsub->project->text, "${PROJECT}");
  EXPECT_EQ(prod.pubsub->endpoint->text, "localhost:8085");
  EXPECT_EQ(prod.pubsub->credentials_file->text, "key.json");
  EXPECT_EQ(prod.sources.at("telemetry").subscription->text, "own");
  EXPECT_EQ(prod.redis->address->text, "rediss://cache:6380");
  EXPECT_EQ(prod.redis->refresh, Duration{200'000});
  EXPECT_EQ(prod.redis->expire_after, Duration{30 * kMicrosPerDay});
  EXPECT_EQ(prod.values_file->path->text, "/dev/shm/station.values");
  EXPECT_EQ(prod.values_file->refresh, Duration{50'000});
  EXPECT_EQ(prod.traces->endpoint.text, "https://collector:4318");
  EXPECT_EQ(prod.traces->headers.at("x-key_file").text, "key.txt");
  EXPECT_EQ(prod.traces->sample, 0.05);
  ASSERT_TRUE(prod.sources.at("telemetry").idle_after.has_value());
  EXPECT_EQ(*prod.sources.at("telemetry").idle_after, std::nullopt);
  EXPECT_EQ(*prod.sources.at("telemetry").max_ahead, Duration{2 * 3600 * kMicrosPerSecond});
  EXPECT_EQ(prod.sources.at("telemetry").dedupe_for, Duration{600 * kMicrosPerSecond});
  EXPECT_EQ(prod.sources.at("telemetry").ahead_events_max, 5);
  EXPECT_EQ(prod.sources.at("telemetry").ahead_bytes_max, 900);
  EXPECT_EQ(prod.sources.at("telemetry").stops_on_bad_row, true);
  EXPECT_EQ(prod.is_synced_by_interval, true);
  EXPECT_EQ(prod.sync_every, Duration{20'000});
  EXPECT_EQ(loaded.find("dev")->is_synced_by_interval, std::nullopt);
}

TEST(EnvironmentsTest, MessagesHaveAFormat) {
  const auto messages_of = [](const std::string& source) {
    const LoadedEnvironments loaded =
        load("dev: {kafka: {registry: {url: \"http://r:8081\", user: a, password: \"${P}\"}}, sources: {telemetry: {" +
             source + "}}}");
    EXPECT_FALSE(loaded.diagnostics.has_errors()) << source;
    EXPECT_EQ(loaded.find("dev")->kafka->registry->url.text, "http://r:8081");
    return loaded.find("dev")->sources.at("telemetry").messages;
  };
  EXPECT_EQ(messages_of("idle_after: 1m").format, MessageFormat::kJson);
  EXPECT_FALSE(messages_of("format: json").is_framed);
  EXPECT_TRUE(messages_of("format: json, framing: confluent").is_framed);
  EXPECT_TRUE(messages_of("format: avro").is_framed);
  EXPECT_FALSE(messages_of("format: avro, schema_file: t.avsc").is_framed);
  EXPECT_EQ(messages_of("format: avro, schema_file: t.avsc").schema_file->text, "t.avsc");
  EXPECT_TRUE(messages_of("format: protobuf").is_framed);
  EXPECT_FALSE(messages_of("format: protobuf, descriptor_file: t.desc, message: a.T").is_framed);
  EXPECT_TRUE(messages_of("format: protobuf, descriptor_file: t.desc, message: a.T, framing: confluent").is_framed);
}

TEST(EnvironmentsTest, WhatIsSaidOfMessagesGoesTogether) {
  const std::pair<const char*, const char*> facts[] = {
      {"format: avro", "nothing says where the schemas of avro are"},
      {"format: protobuf", "nothing says where the schemas of protobuf are"},
      {"format: json, schema_file: t", "`schema_file` is of `format: avro`, and the messages are json"},
      {"schema_file: t", "`schema_file` is of `format: avro`, and the messages are json"},
      {"format: avro, descriptor_file: t", "`descriptor_file` is of `format: protobuf`, and the messages are avro"},
      {"format: avro, schema_file: t, framing: confluent",
       "messages in Confluent's frame are read by the schema that they name, not by `schema_file`"},
      {"format: protobuf, descriptor_file: t",
       "`descriptor_file` and `message` stand together: the file, and the name of the type in it"},
  };
  for (const auto& [source, message] : facts) {
    const LoadedEnvironments loaded = load(std::string("dev: {sources: {telemetry: {") + source + "}}}");
    ASSERT_EQ(loaded.diagnostics.error_count(), 1u) << source;
    EXPECT_EQ(loaded.diagnostics.sorted().front().message, message);
    EXPECT_EQ(loaded.diagnostics.sorted().front().code, "N003");
    EXPECT_NE(loaded.diagnostics.sorted().front().help, "");
  }
  const char* const registry = "dev: {kafka: {registry: {url: \"http://r\"}}, sources: {telemetry: {";
  for (const char* source : {"format: avro, framing: plain", "format: protobuf, message: a.T"}) {
    const LoadedEnvironments loaded = load(registry + std::string(source) + "}}}");
    ASSERT_EQ(loaded.diagnostics.error_count(), 1u) << source;
    EXPECT_EQ(loaded.diagnostics.sorted().front().code, "N003");
  }
  EXPECT_TRUE(load("dev: {sources: {telemetry: {format: arvo}}}").diagnostics.has_errors());
  EXPECT_TRUE(load("dev: {kafka: {registry: {user: a}}}").diagnostics.has_errors());
}

TEST(EnvironmentsTest, NoSecretIsWrittenOut) {
  for (const char* setting : {"sasl.password: x", "ssl.key.pem: x", "sasl.oauthbearer.client.secret: x",
                              "sasl.password: \"x${A}\"", "sasl.jaas.config: x"}) {
    const LoadedEnvironments loaded = load(std::string("dev: {kafka: {settings: {") + setting + "}}}");
    ASSERT_EQ(loaded.diagnostics.error_count(), 1u) << setting;
    EXPECT_EQ(loaded.diagnostics.sorted().front().code, "N001") << setting;
  }
  for (const char* registry : {"{url: \"http://r\", password: hunter2}", "{url: \"http://a:hunter2@r\"}"}) {
    const LoadedEnvironments loaded = load(std::string("dev: {kafka: {registry: ") + registry + "}}");
    ASSERT_EQ(loaded.diagnostics.error_count(), 1u) << registry;
    EXPECT_EQ(loaded.diagnostics.sorted().front().code, "N001") << registry;
  }
  const LoadedEnvironments traces = load("dev: {traces: {endpoint: \"http://a:1\", headers: {x-key: hunter2}}}");
  ASSERT_EQ(traces.diagnostics.error_count(), 1u);
  EXPECT_EQ(traces.diagnostics.sorted().front().code, "N001");
  const LoadedEnvironments redis = load("dev: {redis: {password: hunter2}}");
  ASSERT_EQ(redis.diagnostics.error_count(), 1u);
  EXPECT_EQ(redis.diagnostics.sorted().front().code, "N001");
}

TEST(EnvironmentsTest, OtherFormsAreErrors) {
  for (const char* text : {"[]",
                           "dev: 1",
                           "dev: {kafka: x}",
                           "dev: {pubsub: x}",
                           "dev: {sources: []}",
                           "dev: {tls: x}",
                           "dev: {sources: {telemetry: 1}}",
                           "dev: {kafka: {settings: {a: [1]}}}",
                           "dev: {history: 0s}",
                           "dev: {redis: x}",
                           "dev: {redis: {refresh: 1ms}}",
                           "dev: {values_file: v}",
                           "dev: {values_file: {}}",
                           "dev: {values_file: {path: v, refresh: 1ms}}",
                           "dev: {durability: often}",
                           "dev: {durability: []}",
                           "dev: {sync_every: 10ms}",
                           "dev: {durability: sync, sync_every: 10ms}",
                           "dev: {durability: interval, sync_every: 61s}",
                           "dev: {sources: {telemetry: {on_bad_row: x}}}",
                           "dev: {sources: {telemetry: {ahead_events_max: 0}}}",
                           "dev: {traces: x}",
                           "dev: {traces: {}}",
                           "dev: {traces: {endpoint: \"http://a:1\", sample: 0%}}"}) {
    EXPECT_TRUE(load(text).diagnostics.has_errors()) << text;
  }
  EXPECT_FALSE(load("").diagnostics.has_errors());
}

}  // namespace
}  // namespace headrace

#include "app/server/served_subscriptions.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

class ServedSubscriptionsTest : public testing::Test {
 protected:
  void SetUp() override {
    source_.name = "telemetry";
    source_.stream = StreamLocation{.kind = StreamKind::kPubSub, .options = {{"project", "p"}, {"subscription", "s"}}};
    environment_.pubsub.emplace();
  }

  /// "SUBSCRIPTION at ENDPOINT", with how it is spoken to; the Error's text and help.
  std::string shown(const std::string& emulator = "") const {
    const auto found = subscription_of(source_, environment_, emulator);
    if (!found) return found.error().message() + " help: " + found.error().help();
    if (!*found) return "none";
    const PubSubOptions& options = **found;
    return options.subscription + " at " + options.endpoint + (options.is_plain ? " plain" : " TLS") +
           (options.credentials.empty() ? "" : " with a key");
  }

  PlanSource source_;
  ServedEnvironment environment_;
};

TEST_F(ServedSubscriptionsTest, AreOfTheDefinitionUnlessTheEnvironmentSaysOthers) {
  EXPECT_EQ(shown(), "projects/p/subscriptions/s at pubsub.googleapis.com:443 TLS");
  environment_.pubsub->project = "q";
  EXPECT_EQ(shown(), "projects/q/subscriptions/s at pubsub.googleapis.com:443 TLS");
  environment_.subscriptions["telemetry"] = "own";
  EXPECT_EQ(shown(), "projects/q/subscriptions/own at pubsub.googleapis.com:443 TLS");
  environment_.subscriptions["telemetry"] = "projects/r/subscriptions/other";
  EXPECT_EQ(shown(), "projects/r/subscriptions/other at pubsub.googleapis.com:443 TLS");
  environment_.subscriptions.clear();
  environment_.pubsub->project.clear();
  source_.stream->options = {{"subscription", "projects/t/subscriptions/u"}};
  EXPECT_EQ(shown(), "projects/t/subscriptions/u at pubsub.googleapis.com:443 TLS");

  environment_.pubsub.reset();
  EXPECT_EQ(shown(), "none");
  environment_.pubsub.emplace();
  source_.stream->kind = StreamKind::kKafka;
  EXPECT_EQ(shown(), "none");
  source_.stream.reset();
  EXPECT_EQ(shown(), "none");
}

TEST_F(ServedSubscriptionsTest, MessagesAreJson) {
  environment_.messages["telemetry"].format = MessageFormat::kAvro;
  EXPECT_EQ(shown(),
            "`format` of `telemetry`: messages of Pub/Sub are read as JSON only help: leave it out, and publish JSON");
  environment_.messages["telemetry"].format = MessageFormat::kJson;
  EXPECT_EQ(shown(), "projects/p/subscriptions/s at pubsub.googleapis.com:443 TLS");
}

TEST_F(ServedSubscriptionsTest, OnlyThisMachineAndEmulatorsArePlain) {
  const std::string path = "projects/p/subscriptions/s at ";
  EXPECT_EQ(shown("pubsub:8085"), path + "pubsub:8085 plain");
  for (const char* endpoint : {"localhost:8085", "127.0.0.1:1", "[::1]:9"}) {
    environment_.pubsub->endpoint = endpoint;
    EXPECT_EQ(shown("pubsub:8085"), path + endpoint + " plain");
  }
  environment_.pubsub->credentials = "{}";
  EXPECT_EQ(shown(), path + "[::1]:9 TLS with a key");
  environment_.pubsub->endpoint = "localhost.example.org:443";
  environment_.pubsub->credentials.clear();
  EXPECT_EQ(shown(), path + "localhost.example.org:443 TLS");
}

TEST_F(ServedSubscriptionsTest, WhatCannotBeIsRefusedWithARemedy) {
  source_.stream->options = {{"subscription", "s"}};
  EXPECT_EQ(shown(),
            "the subscription `s` of source `telemetry` has no project help: add `pubsub: {project: ..}` to the "
            "environment");
  environment_.subscriptions["telemetry"] = "projects/x";
  EXPECT_NE(shown().find("is no path of one"), std::string::npos) << shown();
  environment_.subscriptions["telemetry"] = "projects/x/subscriptions/y";
  for (const char* endpoint : {"localhost", "localhost:", ":1", "http://localhost"}) {
    environment_.pubsub->endpoint = endpoint;
    EXPECT_NE(shown().find("is no address of Pub/Sub help: write HOST:PORT"), std::string::npos) << shown();
  }
  environment_.pubsub->endpoint.clear();
  environment_.idle_after["telemetry"] = std::nullopt;
  EXPECT_EQ(shown(), "projects/x/subscriptions/y at pubsub.googleapis.com:443 TLS");
  environment_.idle_after["telemetry"] = Duration{kMicrosPerSecond};
  EXPECT_NE(shown().find("never idle"), std::string::npos) << shown();
}

}  // namespace
}  // namespace headrace

#pragma once

/// A subscriber by gRPC: the one file of the program that knows it. Linked into the module headrace_pubsub.so, and into its
/// test.

#include "brokers/pubsub_subscriber.h"

#include <memory>

namespace headrace {

/// Contacts nobody yet, and looks for credentials when it does.
std::unique_ptr<PubSubSubscriber> make_grpc_subscriber(const PubSubConnection& connection);

}  // namespace headrace

extern "C" headrace::PubSubSubscriber* headrace_open_pubsub_1(const headrace::PubSubConnection& connection);

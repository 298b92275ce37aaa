#pragma once

/// Where `headrace parity` gets values and events from: a server over HTTP, or a store that no server has open.

#include "app/server/server_client.h"
#include "session/live/live_features.h"
#include "session/parity/served_reads.h"

#include <memory>
#include <string>

namespace headrace {

class RemoteParityServer : public ParityServer {
 public:
  explicit RemoteParityServer(ServerOptions options) : options_(std::move(options)) {}

  Result<ServerState> state() override;
  Result<std::vector<std::string>> features() override;
  Result<LivePushes> pushes(const std::string& source, uint64_t from) override;
  Result<ParityAnswer> read(const ParityQuestion& question) override;

 private:
  const ServerOptions options_;
};

/// Computes values of the store as a server that starts on it would.
class StoredParityServer : public ParityServer {
 public:
  /// Locks the store; of one that is in use kConflict. `options` without a log.
  static Result<std::unique_ptr<StoredParityServer>> open(const Session& session, const std::string& folder,
                                                          LiveOptions options);

  Result<ServerState> state() override;
  Result<std::vector<std::string>> features() override;
  Result<LivePushes> pushes(const std::string& source, uint64_t from) override;
  Result<ParityAnswer> read(const ParityQuestion& question) override;

 private:
  StoredParityServer() = default;

  const Clock* clock_ = nullptr;
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<LiveFeatures> live_;
};

}  // namespace headrace

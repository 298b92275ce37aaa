#pragma once

/// Which version of the definitions readers see, for which entities: a small file that changes in one step.
///
/// It follows from a rollout's state alone. A program writes it after each event, and again when it begins, so that a kill
/// in between is made good. Each writing has the token of the writer's lease and the sequence of the last event that it
/// has seen; older ones of either are refused, so that a writer that was thought dead brings nothing back.
///
/// An entity sees the new version where its number in [0, 1), from a salted hash of its key, is below the share: who is in
/// 1 % is in 5 %. Keys of the panel see it as soon as anybody does. All entities of one request are answered by one
/// ServingPointer value, so that they see one state of the rollout.

#include "base/file_system.h"
#include "delivery/rollout/rollout_state.h"

#include <string>
#include <string_view>
#include <vector>

namespace headrace {

struct ServingPointer {
  int64_t token = 0;
  int64_t sequence = 0;
  std::string rollout;                    // its id
  std::string digest_before, digest_now;  // of the definitions
  double share = 0;                       // of the entities that see those of now
  std::string salt;
  std::vector<std::string> panel;

  /// `key`: as in "pump_id=p7"; several by commas.
  bool is_now(std::string_view key) const;
};

/// A number in [0, 1) of a key, the same on every machine.
double place_of_key(std::string_view key, std::string_view salt);

ServingPointer pointer_of(const std::string& id, const RolloutState& state, int64_t token);

/// Nothing: there is no file. A damaged one is an Error of the data.
Result<std::optional<ServingPointer>> read_serving_pointer(FileSystem& files, const std::string& path);

/// Replaces the file in one durable step. kConflict where the file has a later token or sequence.
Status write_serving_pointer(FileSystem& files, const std::string& path, const ServingPointer& pointer);

}  // namespace headrace

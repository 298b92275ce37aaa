#pragma once

/// Membership of the servers of one environment in a group of which one holds the ownership: who writes for all.
///
/// An interface, so that what follows from it can be tested without a broker. Not thread-safe.

#include "base/result.h"
#include "data/time.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace headrace {

/// Behind the last event that is durable here, to be shown at the broker.
struct ShownOffset {
  std::string topic;
  int32_t partition = 0;
  int64_t offset = 0;
};

class OwnerMembership {
 public:
  enum class Standing {
    kOutside,  // not joined, not admitted yet, or put out
    kMember,   // another one holds the ownership
    kHolder,
  };

  struct State {
    Standing standing = Standing::kOutside;
    /// Elapsed time at which the newest question began that the group answered with yes; nothing: none did since this
    /// standing began.
    std::optional<int64_t> proven_us;
    bool is_refuted = false;  // the group said that this member is none of it any more
    std::string problem;      // of the broker, while it lasts
  };

  virtual ~OwnerMembership() = default;

  /// Who is in the group, for people: "headrace 127.0.0.1:7077 at /10.0.0.3"; the holder first. Waits for the broker.
  virtual Result<std::vector<std::string>> members() = 0;
  virtual Status join() = 0;
  virtual void leave() = 0;
  /// Takes what the group says for up to `wait`. Before the group can give the ownership to another one, `lost` is called from
  /// here, and must not return before everything is stopped that only the holder does.
  virtual State poll(Duration wait, const std::function<void()>& lost) = 0;
  /// Asks the group whether this is still its member, and shows the offsets if so. Does not wait: see State::proven_us.
  /// An answer of yes also means that the group keeps the place for session() from then on. `now_us`: elapsed time.
  virtual void ask_for_proof(std::span<const ShownOffset> offsets, int64_t now_us) = 0;
  /// For how long the group keeps the place of a member of which it hears nothing.
  virtual Duration session() const = 0;
};

}  // namespace headrace

#pragma once

/// A checkpoint of the log (engine/stream/event_log.h) as bytes: its parts in one text, which is stored in chunks, and a
/// head that tells whether the text is whole.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace headrace {

/// What is said of a checkpoint beside its text.
struct CheckpointHead {
  uint64_t number = 0;  // of checkpoints, rising
  uint64_t next = 0;    // these as in LogCheckpoint
  uint64_t replay_from = 0;
  uint64_t keep_from = 0;
  uint64_t bytes = 0;  // of the text
  std::string digest;  // SHA-256 of it

  std::string to_bytes() const;
  static std::optional<CheckpointHead> of(std::string_view bytes);
};

/// Names and bytes, one after another.
std::string text_of(const std::map<std::string, std::string>& parts);
/// Nothing where the text is none of text_of().
std::optional<std::map<std::string, std::string>> parts_of(std::string_view text);

}  // namespace headrace

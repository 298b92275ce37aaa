#pragma once

/// What makes events of the messages of a topic that are no lines of JSON.

#include "base/result.h"

#include <string>
#include <string_view>

namespace headrace {

/// Of one source. Not thread-safe.
class MessageDecoder {
 public:
  virtual ~MessageDecoder() = default;

  /// Appends the message as one JSON object, without line breaks; after an Error nothing was appended. kUnavailable: what it takes
  /// is not there at present, and the same message may be decoded later; any other Error says why it never can be.
  virtual Status decode(std::string_view message, std::string& line) = 0;
};

}  // namespace headrace

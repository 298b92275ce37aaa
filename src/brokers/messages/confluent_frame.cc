#include "brokers/messages/confluent_frame.h"

#include <fmt/format.h>

#include <limits>

namespace headrace {
namespace {

constexpr size_t kFrameBytes = 5;
constexpr int64_t kPathMax = 64;

}  // namespace

Result<ConfluentFrame> open_confluent_frame(std::string_view message) {
  if (message.empty() || message[0] != 0) {
    return Error::data("has no frame of a schema registry: it does not begin with a byte 0");
  }
  if (message.size() < kFrameBytes) {
    return Error::data("has no frame of a schema registry: it ends before the number of a schema");
  }
  ConfluentFrame frame;
  for (size_t i = 1; i < kFrameBytes; ++i) frame.schema = frame.schema << 8 | static_cast<uint8_t>(message[i]);
  if (frame.schema > std::numeric_limits<int32_t>::max()) {
    return Error::data(fmt::format("names the schema {}, and no registry has so many", frame.schema));
  }
  frame.body = message.substr(kFrameBytes);
  return frame;
}

std::optional<uint64_t> take_varint(std::string_view& bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size() && i < 10; ++i) {
    const auto byte = static_cast<uint8_t>(bytes[i]);
    if (i == 9 && byte > 1) return std::nullopt;
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      bytes.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

Result<std::vector<int>> take_message_path(std::string_view& body) {
  const Error problem = Error::data("has no path of a message's type behind the number of its schema");
  const std::optional<uint64_t> count = take_varint(body);
  if (!count) return problem;
  const int64_t steps = unzigzag(*count);
  if (steps < 0 || steps > kPathMax) return problem;
  if (steps == 0) return std::vector<int>{0};
  std::vector<int> path;
  for (int64_t i = 0; i < steps; ++i) {
    const std::optional<uint64_t> step = take_varint(body);
    const int64_t index = step ? unzigzag(*step) : -1;
    if (index < 0 || index > std::numeric_limits<int>::max()) return problem;
    path.push_back(static_cast<int>(index));
  }
  return path;
}

}  // namespace headrace

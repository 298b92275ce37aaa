/// A schema of Avro on the first line, then bytes as a message. What is made of them keeps these laws:
///   - it ends, without a crash and in bounded memory;
///   - it is nothing, or one line of UTF-8 that is an object;
///   - a second time gives the same.

#include "base/check.h"
#include "base/utf8.h"
#include "brokers/messages/avro_value.h"

#include <string>
#include <string_view>

namespace headrace {
namespace {

std::string line_of_avro(const AvroSchema& schema, std::string_view bytes, const std::optional<EpochMember>& epoch) {
  std::string out = "before";
  EventLine line(out);
  if (!write_avro_value(schema, bytes, epoch, line).ok()) line.take_back();
  CHECK(out.starts_with("before"));
  return out.substr(6);
}

void check_avro_input(std::string_view input) {
  const size_t end = input.find('\n');
  if (end == std::string_view::npos) return;
  const auto schema = AvroSchema::parse(input.substr(0, end), {});
  if (!schema) return;
  const std::string_view bytes = input.substr(end + 1);
  const std::string line = line_of_avro(*schema, bytes, std::nullopt);
  CHECK(line.empty() || (line.front() == '{' && line.back() == '}'));
  CHECK(line.find('\n') == std::string::npos && is_valid_utf8(line));
  CHECK(line == line_of_avro(*schema, bytes, std::nullopt));
  const EpochMember epoch{.name = "at", .unit = TimeUnit::kMilliseconds};
  CHECK(line_of_avro(*schema, bytes, epoch).empty() == line.empty());
}

}  // namespace
}  // namespace headrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  headrace::check_avro_input({reinterpret_cast<const char*>(data), size});
  return 0;
}

#include "compute/functions/families.h"
#include "compute/functions/loops.h"

namespace headrace {
namespace {

/// A false side decides, also against null. Bytes under nulls are masked, not trusted.
void and_loop(const LoopCall& call) {
  const uint8_t* __restrict a = call.arguments[0].bools();
  const uint8_t* __restrict b = call.arguments[1].bools();
  const uint8_t* __restrict a_valid = valid_bytes(call.arguments[0]);
  const uint8_t* __restrict b_valid = valid_bytes(call.arguments[1]);
  uint8_t* __restrict out = call.bools();
  uint8_t* __restrict valid = call.valid;
  for (int i = 0; i < call.rows; ++i) {
    out[i] = a[i] & b[i] & 1;
    valid[i] = (a_valid[i] & b_valid[i]) | (a_valid[i] & ~a[i] & 1) | (b_valid[i] & ~b[i] & 1);
  }
}

/// A true side decides.
void or_loop(const LoopCall& call) {
  const uint8_t* __restrict a = call.arguments[0].bools();
  const uint8_t* __restrict b = call.arguments[1].bools();
  const uint8_t* __restrict a_valid = valid_bytes(call.arguments[0]);
  const uint8_t* __restrict b_valid = valid_bytes(call.arguments[1]);
  uint8_t* __restrict out = call.bools();
  uint8_t* __restrict valid = call.valid;
  for (int i = 0; i < call.rows; ++i) {
    out[i] = (a[i] | b[i]) & 1;
    valid[i] = (a_valid[i] & b_valid[i]) | (a_valid[i] & a[i]) | (b_valid[i] & b[i]);
  }
}

void is_null_loop(const LoopCall& call) {
  const uint8_t* __restrict valid = valid_bytes(call.arguments[0]);
  uint8_t* __restrict out = call.bools();
  for (int i = 0; i < call.rows; ++i) out[i] = valid[i] ^ 1;
}

uint8_t opposite(uint8_t value) { return ~value & 1; }

}  // namespace

ScalarLoop find_logic_loop(Function function, ArgumentTypes arguments) {
  if (function == Function::kIsNull)
    return arguments.size() == 1 ? ScalarLoop{is_null_loop, Nulls::kNever} : ScalarLoop{};
  for (ScalarType type : arguments) {
    if (type != ScalarType::kBool) return {};
  }
  if (function == Function::kNot && arguments.size() == 1) return {map_loop<uint8_t, uint8_t, opposite>};
  if (arguments.size() != 2) return {};
  if (function == Function::kAnd) return {and_loop, Nulls::kOwnRule};
  if (function == Function::kOr) return {or_loop, Nulls::kOwnRule};
  return {};
}

}  // namespace headrace

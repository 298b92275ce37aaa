#include "codegen/feast/redis_field.h"

#include "base/murmur3.h"

#include <string>

namespace headrace {

uint32_t redis_field(std::string_view view, std::string_view feature) {
  return murmur3(std::string(view) + ":" + std::string(feature));
}

}  // namespace headrace

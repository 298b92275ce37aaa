#include "io/input_files.h"

#include "io/remote/object_store.h"
#include "io/remote/remote_location.h"

namespace headrace {

Result<InputFiles> find_input_files(const std::string& path, const std::string& folder, FileFormat format) {
  return is_remote(path) ? expand_remote_location(path, format) : expand_location(path, folder, format);
}

}  // namespace headrace

#include "base/threads.h"

#include <new>
#include <system_error>

namespace headrace {

std::vector<std::thread> start_threads(int count, const std::function<void()>& body) {
  std::vector<std::thread> threads;
  try {
    for (int i = 0; i < count; ++i) threads.emplace_back(body);
  } catch (const std::system_error&) {  // no further thread
  } catch (const std::bad_alloc&) {
  }
  return threads;
}

}  // namespace headrace

#include "base/threads.h"

#include <new>
#include <system_error>

namespace headrace {

std::vector<std::thread> start_threads(int count, const std::function<void()>& body) {
  std::vector<std::thread> threads;
  try {
    for (int i = 0; i < count; ++i) threads.emplace_back(body);
    // NOLINTBEGIN(bugprone-empty-catch): fewer threads do the work too
  } catch (const std::system_error&) {
  } catch (const std::bad_alloc&) {
  }
  // NOLINTEND(bugprone-empty-catch)
  return threads;
}

}  // namespace headrace

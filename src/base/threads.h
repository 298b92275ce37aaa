#pragma once

/// Threads that the system may refuse.

#include <functional>
#include <thread>
#include <vector>

namespace headrace {

/// Starts `count` threads that each run `body`, or as many as the system gives: limits on processes and on address
/// space are a matter of the place where the program runs. `body` is copied into each thread.
std::vector<std::thread> start_threads(int count, const std::function<void()>& body);

}  // namespace headrace

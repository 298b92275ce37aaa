#pragma once

/// One function object of several, for std::visit: the compiler names the alternative that nobody takes.
///
///   std::visit(Overloaded{[](const Circle& c) { .. }, [](const Square& s) { .. }}, shape);

namespace headrace {

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace headrace

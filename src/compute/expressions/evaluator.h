#pragma once

/// Evaluates expressions over runs of rows, a kernel at a time; equal sub-expressions are evaluated once.
///
///   Program program = Program::compile({formula, filter}, {ref_a, ref_b});
///   Evaluator evaluator(program);                        // scratch memory: one a thread
///   evaluator.run({view_a, view_b}, event_times, rows);  // rows <= kVectorSize
///   const VectorView& v = evaluator.output(0);
///
/// No NaN, infinity or −0.0 leaves an operation: they become null, null and 0.0 (language, section 1).

#include "compute/expressions/expr.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace headrace {

/// The most rows that one run takes: small enough for the first-level cache, large enough to forget the dispatch.
inline constexpr int kVectorSize = 2048;

/// A read-only run of values of one scalar type. Element types by ScalarType: bool uint8_t (0 or 1), int64, timestamp
/// and duration int64_t, double double, string std::string_view. The value under a null is unspecified but readable.
struct VectorView {
  ScalarType type = ScalarType::kNull;
  const uint8_t* valid = nullptr;  // one byte a row, 0 or 1; null: all valid
  const void* values = nullptr;

  const double* doubles() const { return static_cast<const double*>(values); }
  const int64_t* int64s() const { return static_cast<const int64_t*>(values); }
  const uint8_t* bools() const { return static_cast<const uint8_t*>(values); }
  const std::string_view* strings() const { return static_cast<const std::string_view*>(values); }
  bool is_valid(int row) const { return valid == nullptr || valid[row] != 0; }
};

/// Immutable and shareable between threads.
class Program {
 public:
  struct Node;  // one distinct sub-expression

  /// Expressions may only refer to `inputs` (by position in that list, types as in the expressions).
  static std::shared_ptr<const Program> compile(std::vector<ExprPtr> expressions, std::vector<Reference> inputs);

  const std::vector<Reference>& inputs() const { return inputs_; }
  size_t output_count() const { return outputs_.size(); }

  Program();
  ~Program();

 private:
  friend class Evaluator;
  std::vector<Reference> inputs_;
  std::vector<Node> nodes_;      // arguments before their users
  std::vector<size_t> outputs_;  // node of each expression
};

/// Scratch memory and results of one thread. Not thread-safe.
class Evaluator {
 public:
  explicit Evaluator(std::shared_ptr<const Program> program);
  ~Evaluator();
  Evaluator(Evaluator&&) noexcept;

  /// REQUIRES: inputs.size() == program.inputs().size(), rows <= kVectorSize, event_times has `rows` values.
  void run(std::span<const VectorView> inputs, const int64_t* event_times, int rows);

  /// Valid until the next run. Strings live as long (in the inputs or in the evaluator's arena).
  VectorView output(size_t expression) const;

 private:
  struct Scratch;
  std::shared_ptr<const Program> program_;
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace headrace

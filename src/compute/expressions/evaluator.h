#pragma once

/// Evaluates expressions over runs of rows, a loop at a time; equal sub-expressions are evaluated once.
///
///   Program program = Program::compile({formula, filter}, {ref_a, ref_b});
///   Evaluator evaluator(program);                        // scratch memory: one a thread
///   evaluator.run({view_a, view_b}, event_times, rows);  // rows <= kVectorSize
///   const VectorView& v = evaluator.output(0);
///
/// No NaN, infinity or −0.0 leaves an operation: they become null, null and 0.0 (language, section 1). Neither may they
/// come in: whoever makes the input views has done the same to data. A bare reference gives its input back untouched.

#include "compute/expressions/expr.h"
#include "compute/functions/vector_view.h"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace headrace {

/// Immutable and shareable between threads.
class Program {
 public:
  struct Node;  // one distinct sub-expression

  /// Expressions may only refer to `inputs` (by position in that list, types as in the expressions), and to scalars:
  /// a bare reference to a list feature is the caller's to pass through.
  static std::shared_ptr<const Program> compile(const std::vector<ExprPtr>& expressions, std::vector<Reference> inputs);

  const std::vector<Reference>& inputs() const { return inputs_; }
  size_t output_count() const { return outputs_.size(); }
  size_t node_count() const;
  /// By node: the outputs that need it, rising.
  std::vector<std::vector<size_t>> outputs_of_nodes() const;

  Program();
  ~Program();

 private:
  friend class Evaluator;
  std::vector<Reference> inputs_;
  std::vector<Node> nodes_;         // arguments before their users
  std::vector<size_t> outputs_;     // node of each expression
  std::vector<size_t> slot_sizes_;  // bytes a row of each buffer that nodes share one after the other
};

/// Is told which sub-expression was evaluated last, so that it can measure what each takes.
class NodeWatch {
 public:
  virtual ~NodeWatch() = default;
  virtual void node_done(size_t node) = 0;
};

/// Scratch memory and results of one thread. Not thread-safe.
class Evaluator {
 public:
  /// `rows_max` bounds the rows of a run; one row (online reads) needs a two-thousandth of the memory.
  explicit Evaluator(std::shared_ptr<const Program> program, int rows_max = kVectorSize);
  ~Evaluator();
  Evaluator(Evaluator&&) noexcept;

  /// REQUIRES: inputs.size() == program.inputs().size(), rows <= rows_max; event_times has `rows` values,
  /// or is null if no expression uses event_time(). `watch`: null for none.
  void run(std::span<const VectorView> inputs, const int64_t* event_times, int rows, NodeWatch* watch = nullptr);

  /// Valid until the next run. Strings live as long (in the inputs or in the evaluator's arena).
  VectorView output(size_t expression) const;

 private:
  struct Scratch;
  std::shared_ptr<const Program> program_;
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace headrace

#include "compute/expressions/evaluator.h"

#include "base/check.h"
#include "compute/expressions/boxed_vector.h"
#include "compute/expressions/program_node.h"

#include <cstring>
#include <new>

namespace headrace {
namespace {

constexpr size_t kCacheLine = 64;

struct AlignedDelete {
  void operator()(std::byte* bytes) const { ::operator delete(bytes, std::align_val_t{kCacheLine}); }
};
using AlignedBytes = std::unique_ptr<std::byte, AlignedDelete>;

AlignedBytes allocate_aligned(size_t size) {
  // A multiple of the line, so that no two buffers share one.
  const size_t rounded = (size + kCacheLine - 1) / kCacheLine * kCacheLine;
  return AlignedBytes(static_cast<std::byte*>(::operator new(rounded, std::align_val_t{kCacheLine})));
}

/// Values and validity of one result.
struct Buffer {
  AlignedBytes values;
  AlignedBytes valid;
};

Buffer make_buffer(size_t element, int rows) {
  return {allocate_aligned(element * static_cast<size_t>(rows)), allocate_aligned(static_cast<size_t>(rows))};
}

/// A row is valid where it is in all arguments. Returns whether any row may be null; if not, `valid` is not written.
bool combine_valid(std::span<const VectorView> arguments, int rows, uint8_t* __restrict valid) {
  bool is_written = false;
  for (const VectorView& argument : arguments) {
    if (argument.valid == nullptr) continue;
    if (!is_written) {
      std::memcpy(valid, argument.valid, static_cast<size_t>(rows));
      is_written = true;
      continue;
    }
    for (int i = 0; i < rows; ++i) valid[i] &= argument.valid[i];
  }
  return is_written;
}

bool has_null(const uint8_t* valid, int rows) { return std::memchr(valid, 0, static_cast<size_t>(rows)) != nullptr; }

/// A constant, at all rows or as one element. Keeps its own copy of a string.
struct Constant {
  std::unique_ptr<BoxedVector> box;
  Buffer spread;
  VectorView view;
};

Constant make_constant(const Program::Node& node, int rows) {
  Constant constant;
  constant.box = std::make_unique<BoxedVector>(node.type, node.literal);
  constant.view = constant.box->view();
  if (!node.is_spread) return constant;
  const size_t size = element_size(node.type);
  constant.spread = make_buffer(size, rows);
  for (int i = 0; i < rows; ++i) {
    std::memcpy(constant.spread.values.get() + static_cast<size_t>(i) * size, constant.view.values, size);
  }
  constant.view.values = constant.spread.values.get();
  if (constant.view.valid != nullptr) {
    std::memset(constant.spread.valid.get(), 0, static_cast<size_t>(rows));
    constant.view.valid = reinterpret_cast<const uint8_t*>(constant.spread.valid.get());
  }
  return constant;
}

}  // namespace

VectorView run_loop(const ScalarLoop& loop, ScalarType type, LoopCall call) {
  bool may_have_null = loop.nulls == Nulls::kOwnRule;
  if (loop.nulls == Nulls::kWhereArguments || loop.nulls == Nulls::kAlsoOutOfDomain) {
    may_have_null = combine_valid(call.arguments, call.rows, call.valid);
  }
  if (loop.nulls == Nulls::kAlsoOutOfDomain) {
    if (!may_have_null) std::memset(call.valid, 1, static_cast<size_t>(call.rows));
    may_have_null = true;
  }
  loop.run(call);
  // Users of a result without nulls take a shorter way.
  if (may_have_null && !has_null(call.valid, call.rows)) may_have_null = false;
  return {type, may_have_null ? call.valid : nullptr, call.values};
}

struct Evaluator::Scratch {
  int rows_max = 0;
  std::vector<VectorView> views;  // of each node
  std::vector<Buffer> buffers;    // of each slot
  std::vector<Constant> constants;
  std::vector<VectorView> arguments;
  TextArena arena;
};

Evaluator::Evaluator(std::shared_ptr<const Program> program, int rows_max)
    : program_(std::move(program)), scratch_(std::make_unique<Scratch>()) {
  CHECK_LE(rows_max, kVectorSize);
  scratch_->rows_max = rows_max;
  scratch_->views.resize(program_->nodes_.size());
  for (size_t size : program_->slot_sizes_) scratch_->buffers.push_back(make_buffer(size, rows_max));

  for (size_t n = 0; n < program_->nodes_.size(); ++n) {
    const Program::Node& node = program_->nodes_[n];
    if (node.kind != Program::Node::Kind::kConstant) continue;
    scratch_->constants.push_back(make_constant(node, rows_max));
    scratch_->views[n] = scratch_->constants.back().view;
  }
}

Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;

void Evaluator::run(std::span<const VectorView> inputs, const int64_t* event_times, int rows, NodeWatch* watch) {
  Scratch& scratch = *scratch_;
  CHECK_LE(rows, scratch.rows_max);
  CHECK_EQ(inputs.size(), program_->inputs_.size());
  scratch.arena.clear();

  for (size_t n = 0; n < program_->nodes_.size(); ++n) {
    const Program::Node& node = program_->nodes_[n];
    switch (node.kind) {
      case Program::Node::Kind::kConstant: break;
      case Program::Node::Kind::kInput:
        CHECK(inputs[node.input].type == node.type);
        scratch.views[n] = inputs[node.input];
        break;
      case Program::Node::Kind::kEventTime:
        CHECK(event_times != nullptr || rows == 0);
        scratch.views[n] = {ScalarType::kTimestamp, nullptr, event_times};
        break;
      case Program::Node::Kind::kCall: {
        scratch.arguments.clear();
        for (size_t argument : node.arguments) scratch.arguments.push_back(scratch.views[argument]);
        const Buffer& buffer = scratch.buffers[node.slot];
        auto* valid = reinterpret_cast<uint8_t*>(buffer.valid.get());
        const LoopCall call{scratch.arguments, node.constants, rows, buffer.values.get(), valid, &scratch.arena};
        scratch.views[n] = run_loop(node.loop, node.type, call);
        if (watch != nullptr) watch->node_done(n);
        break;
      }
    }
  }
}

VectorView Evaluator::output(size_t expression) const { return scratch_->views[program_->outputs_[expression]]; }

}  // namespace headrace

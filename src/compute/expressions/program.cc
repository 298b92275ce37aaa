#include "compute/expressions/boxed_vector.h"
#include "compute/expressions/program_node.h"

#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <unordered_map>

namespace headrace {
namespace {

/// Evaluates a call of constants by its own loop, so that the folded value has the same bits.
Value fold(const Program::Node& call, const std::vector<Program::Node>& nodes) {
  std::deque<BoxedVector> boxes;
  std::vector<VectorView> arguments;
  for (size_t argument : call.arguments) {
    boxes.emplace_back(nodes[argument].type, nodes[argument].literal);
    arguments.push_back(boxes.back().view());
  }
  alignas(std::string_view) std::byte values[sizeof(std::string_view)] = {};
  uint8_t valid = 0;
  TextArena arena;
  const LoopCall loop_call{arguments, call.constants, 1, values, &valid, &arena};
  return value_at(run_loop(call.loop, call.type, loop_call), 0);
}

/// Builds the nodes of a program, one for each distinct sub-expression.
class Compiler {
 public:
  Compiler(const std::vector<Reference>& inputs, std::vector<Program::Node>& nodes) : inputs_(inputs), nodes_(nodes) {}

  size_t add(const Expr& expr) {
    CHECK(!expr.type.is_list);
    switch (expr.kind) {
      case Expr::Kind::kLiteral: return add_constant(expr.type.scalar, expr.literal);
      case Expr::Kind::kReference: return add_input(expr);
      case Expr::Kind::kCall: break;
    }
    // Parts that are shared by pointer are walked once, or a chain of them would take exponential time.
    if (const auto found = walked_.find(&expr); found != walked_.end()) return found->second;
    const size_t node = add_call(expr);
    walked_.emplace(&expr, node);
    return node;
  }

 private:
  size_t intern(std::string key, Program::Node node) {
    const auto [found, is_new] = known_.try_emplace(std::move(key), nodes_.size());
    if (is_new) nodes_.push_back(std::move(node));
    return found->second;
  }

  size_t add_constant(ScalarType type, const Value& value) {
    Program::Node node;
    node.type = type;
    node.literal = value;
    // The text of a string stands last and as it is: JSON's form of it would make invalid bytes equal.
    const auto* text = std::get_if<std::string>(&value.data);
    std::string key = fmt::format("constant {} {} {}", to_string(type), text != nullptr, text ? *text : to_json(value));
    if (const auto* duration = std::get_if<Duration>(&value.data)) key += fmt::format(" {}", duration->us);
    return intern(std::move(key), std::move(node));
  }

  size_t add_input(const Expr& expr) {
    const auto found = std::find(inputs_.begin(), inputs_.end(), expr.reference);
    CHECK(found != inputs_.end());
    Program::Node node;
    node.kind = Program::Node::Kind::kInput;
    node.type = expr.type.scalar;
    node.input = static_cast<size_t>(found - inputs_.begin());
    std::string key = fmt::format("input {}", node.input);
    return intern(std::move(key), std::move(node));
  }

  size_t add_call(const Expr& expr) {
    Program::Node node;
    node.type = expr.type.scalar;
    node.function = expr.function;
    if (expr.function == Function::kEventTime) {
      node.kind = Program::Node::Kind::kEventTime;
      return intern("event_time", std::move(node));
    }

    node.kind = Program::Node::Kind::kCall;
    std::vector<ScalarType> types;
    std::string key = fmt::format("call {} {}", static_cast<int>(expr.function), to_string(node.type));
    for (const ExprPtr& argument : expr.arguments) {
      node.arguments.push_back(add(*argument));
      types.push_back(argument->type.scalar);
      key += fmt::format(" {}", node.arguments.back());
    }
    if (const auto found = known_.find(key); found != known_.end()) return found->second;

    node.loop = find_loop(expr.function, types);
    CHECK(node.loop);

    bool all_constant = true;
    for (size_t argument : node.arguments) {
      const bool is_constant = nodes_[argument].kind == Program::Node::Kind::kConstant;
      node.constants.push_back(is_constant ? 1 : 0);
      all_constant = all_constant && is_constant;
    }

    if (!all_constant) return intern(std::move(key), std::move(node));
    const size_t folded = add_constant(node.type, fold(node, nodes_));
    known_.emplace(std::move(key), folded);
    return folded;
  }

  const std::vector<Reference>& inputs_;
  std::vector<Program::Node>& nodes_;
  std::unordered_map<std::string, size_t> known_;
  std::unordered_map<const Expr*, size_t> walked_;
};

/// Marks the constants that some loop or output reads at every row.
void mark_spread(std::vector<Program::Node>& nodes, const std::vector<size_t>& outputs) {
  for (const Program::Node& node : nodes) {
    for (size_t i = 0; i < node.arguments.size(); ++i) {
      if (i == 0 || !node.loop.constant_tail) nodes[node.arguments[i]].is_spread = true;
    }
  }
  for (size_t output : outputs) nodes[output].is_spread = true;
}

/// Gives every call a buffer, using a buffer again after the last use of its content, so that a large program stays in
/// the cache. Returns the bytes a row of each buffer.
std::vector<size_t> assign_slots(std::vector<Program::Node>& nodes, const std::vector<size_t>& outputs) {
  constexpr size_t kNever = static_cast<size_t>(-1);
  std::vector<size_t> last_use(nodes.size(), 0);
  for (size_t n = 0; n < nodes.size(); ++n) {
    for (size_t argument : nodes[n].arguments) last_use[argument] = n;
  }
  for (size_t output : outputs) last_use[output] = kNever;

  std::vector<size_t> sizes;
  std::unordered_map<size_t, std::vector<size_t>> free;  // by bytes a row
  for (size_t n = 0; n < nodes.size(); ++n) {
    if (nodes[n].kind != Program::Node::Kind::kCall) continue;
    const size_t size = element_size(nodes[n].type);
    std::vector<size_t>& fitting = free[size];
    if (fitting.empty()) {
      nodes[n].slot = sizes.size();
      sizes.push_back(size);
    } else {
      nodes[n].slot = fitting.back();
      fitting.pop_back();
    }
    // Only now, so that a result never lies over its own arguments.
    for (size_t argument : nodes[n].arguments) {
      const Program::Node& used = nodes[argument];
      if (used.slot == Program::Node::kNoSlot || last_use[argument] != n) continue;
      free[element_size(used.type)].push_back(used.slot);
      last_use[argument] = kNever;  // the same argument may occur twice
    }
  }
  return sizes;
}

}  // namespace

Program::Program() = default;
Program::~Program() = default;

size_t Program::node_count() const { return nodes_.size(); }

std::vector<std::vector<size_t>> Program::outputs_of_nodes() const {
  std::vector<std::vector<size_t>> outputs(nodes_.size());
  for (size_t output = 0; output < outputs_.size(); ++output) outputs[outputs_[output]].push_back(output);
  for (size_t n = nodes_.size(); n-- > 0;) {
    std::ranges::sort(outputs[n]);
    const auto repeated = std::ranges::unique(outputs[n]);
    outputs[n].erase(repeated.begin(), repeated.end());
    for (const size_t argument : nodes_[n].arguments) {
      outputs[argument].insert(outputs[argument].end(), outputs[n].begin(), outputs[n].end());
    }
  }
  return outputs;
}

std::shared_ptr<const Program> Program::compile(const std::vector<ExprPtr>& expressions,
                                                std::vector<Reference> inputs) {
  auto program = std::make_shared<Program>();
  program->inputs_ = std::move(inputs);
  Compiler compiler(program->inputs_, program->nodes_);
  for (const ExprPtr& expression : expressions) program->outputs_.push_back(compiler.add(*expression));
  mark_spread(program->nodes_, program->outputs_);
  program->slot_sizes_ = assign_slots(program->nodes_, program->outputs_);
  return program;
}

}  // namespace headrace

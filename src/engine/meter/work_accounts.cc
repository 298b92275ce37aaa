#include "engine/meter/work_accounts.h"

#include "base/exact_shares.h"

#include <algorithm>

namespace headrace {
namespace {

void add_once(std::vector<size_t>& list, size_t each) {
  if (std::ranges::find(list, each) == list.end()) list.push_back(each);
}

/// By row column of a source, the layout series that read it.
std::vector<std::vector<size_t>> series_of_columns(const Layout& layout, size_t source) {
  std::vector<std::vector<size_t>> users(layout.sources[source].program->output_count());
  for (size_t s = 0; s < layout.series.size(); ++s) {
    const SeriesLayout& series = layout.series[s];
    if (series.source != source) continue;
    if (series.filter_column >= 0) add_once(users[static_cast<size_t>(series.filter_column)], s);
    for (const size_t column : series.value_columns) add_once(users[column], s);
    for (const size_t column : series.column_inputs) add_once(users[column], s);
  }
  return users;
}

}  // namespace

WorkAccounts::WorkAccounts(const Layout& layout)
    : layout_(layout), bytes_(layout.sources.size()), values_(layout.features.size()) {
  size_t count = 1;  // the entity
  const auto take = [&count](size_t accounts) {
    const size_t first = count;
    count += accounts;
    return first;
  };
  sources_ = take(layout.sources.size());
  series_ = take(layout.series.size());
  states_ = take(layout.states.size());
  features_ = take(layout.features.size());
  for (size_t s = 0; s < layout.sources.size(); ++s) {
    programs_.push_back(program_accounts(s, count));
    take(programs_.back().series_of_nodes.size() + programs_.back().series_of_outputs.size());
  }
  cpu_ = std::make_shared<CpuAccounts>(count);
  rows_ = std::vector<std::atomic<int64_t>>(count);
}

WorkAccounts::ProgramAccounts WorkAccounts::program_accounts(size_t layout_source, size_t first) const {
  const Program& program = *layout_.sources[layout_source].program;
  ProgramAccounts accounts;
  accounts.first_node = first;
  accounts.first_output = first + program.node_count();
  accounts.series_of_outputs = series_of_columns(layout_, layout_source);
  for (const std::vector<size_t>& outputs : program.outputs_of_nodes()) {
    std::vector<size_t>& users = accounts.series_of_nodes.emplace_back();
    for (const size_t output : outputs) {
      for (const size_t series : accounts.series_of_outputs[output]) add_once(users, series);
    }
  }
  return accounts;
}

void WorkAccounts::add_to(PlanWork& work) const {
  add_account(entity(), work.entities[layout_.entity]);
  for (size_t s = 0; s < layout_.sources.size(); ++s) {
    NodeWork& source = work.sources[layout_.sources[s].plan_source];
    add_account(this->source(s), source);
    source.bytes += bytes_[s].load(std::memory_order_relaxed);
    add_program(s, work);
  }
  for (size_t s = 0; s < layout_.series.size(); ++s) add_account(series(s), work.series[layout_.series[s].plan_series]);
  for (size_t s = 0; s < layout_.states.size(); ++s) add_account(state(s), work.states[s]);
  for (size_t f = 0; f < layout_.features.size(); ++f) {
    add_account(feature(f), work.features[f]);
    work.features[f].values += values_[f].load(std::memory_order_relaxed);
  }
}

void WorkAccounts::add_account(size_t account, NodeWork& node) const {
  node.cpu_ns += cpu_->ns(account);
  node.rows += rows_[account].load(std::memory_order_relaxed);
}

void WorkAccounts::add_program(size_t layout_source, PlanWork& work) const {
  const ProgramAccounts& program = programs_[layout_source];
  const auto divide = [&](int64_t ns, const std::vector<size_t>& users) {
    if (users.empty()) {
      work.sources[layout_.sources[layout_source].plan_source].cpu_ns += ns;
      return;
    }
    const std::vector<int64_t> shares = equal_shares(ns, users.size());
    for (size_t i = 0; i < users.size(); ++i) work.series[layout_.series[users[i]].plan_series].cpu_ns += shares[i];
  };
  for (size_t n = 0; n < program.series_of_nodes.size(); ++n) {
    divide(cpu_->ns(program.first_node + n), program.series_of_nodes[n]);
  }
  for (size_t o = 0; o < program.series_of_outputs.size(); ++o) {
    divide(cpu_->ns(program.first_output + o), program.series_of_outputs[o]);
  }
}

}  // namespace headrace

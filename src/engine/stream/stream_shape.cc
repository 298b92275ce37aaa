#include "engine/stream/stream_shape.h"

namespace headrace {

StreamShape::StreamShape(const Plan& plan, size_t entity, const std::vector<size_t>& features)
    : layout_(make_layout(plan, entity, features)) {}

StreamShape::Borrowed StreamShape::borrow(WorkMeter meter) {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) {
    workspaces_.push_back(std::make_unique<Workspace>());
    free_.push_back(workspaces_.back().get());
  }
  Workspace* const workspace = free_.back();
  free_.pop_back();
  workspace->set_meter(meter);
  return Borrowed(workspace, GiveBack{this});
}

void StreamShape::give_back(Workspace* workspace) {
  const std::lock_guard lock(mutex_);
  free_.push_back(workspace);
}

size_t StreamShape::workspace_count() const {
  const std::lock_guard lock(mutex_);
  return workspaces_.size();
}

}  // namespace headrace

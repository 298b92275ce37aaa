#pragma once

/// What streams of the same features share: how they use the plan, and scratch memory, which one of them has while it works.
///
/// A stream of one key is small beside the scratch memory, so who has a stream for each key gives all of them one shape.
/// Any thread may use it: streams that work at the same time have scratch memory of their own.

#include "engine/layout/layout.h"
#include "engine/steps/workspace.h"

#include <memory>
#include <mutex>
#include <vector>

namespace headrace {

class StreamShape {
 public:
  /// The plan lives longer.
  StreamShape(const Plan& plan, size_t entity, const std::vector<size_t>& features);

  const Layout& layout() const { return layout_; }

  struct GiveBack {
    StreamShape* shape;
    void operator()(Workspace* workspace) const { shape->give_back(workspace); }
  };
  using Borrowed = std::unique_ptr<Workspace, GiveBack>;
  /// Scratch memory until the end of the scope; the shape lives longer.
  Borrowed borrow(WorkMeter meter);
  /// How many pieces there are: as many as streams ever worked at a time.
  size_t workspace_count() const;

 private:
  void give_back(Workspace* workspace);

  const Layout layout_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Workspace>> workspaces_;
  std::vector<Workspace*> free_;
};

}  // namespace headrace

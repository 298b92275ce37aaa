#pragma once

/// How the features of an entity are dealt to feature views. Private to codegen/feast.

#include "codegen/feast/held_plan.h"

namespace headrace {

/// Which views the features of all entities are in; names of views differ, in small letters too.
///
/// The time to live of a view is how far back its features look: a row that is older than that is of a window that has
/// emptied since, because each event makes a row. So Feast gives null and no value that has long ceased to hold.
class ViewNames {
 public:
  ViewNames(const Plan& plan, FeastViews views) : plan_(plan), views_(views) {}

  /// The view that the feature belongs to; it is added to the entity when it is the first one there. The feature itself
  /// is not.
  HeldView& view_of(HeldEntity& entity, size_t feature);

 private:
  const Plan& plan_;
  FeastViews views_;
  std::set<std::string> taken_;  // small letters
};

}  // namespace headrace

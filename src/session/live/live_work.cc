/// What live features take: noted by node of the plan.

#include "base/exact_shares.h"
#include "session/live/live_entity.h"

namespace headrace {

/// The log is written for the sources whose events are in it, so they share its time, by bytes.
void LiveFeatures::note_append(const GroupCommit::Append& append) const {
  if (options_.commit_took) options_.commit_took(append.took_us);
  if (append.pushes.empty()) return;  // a sync is of all that was written before
  std::vector<int64_t> bytes;
  for (const LoggedPush& push : append.pushes) bytes.push_back(static_cast<int64_t>(push.records.size()));
  const std::vector<int64_t> shares = exact_shares(append.cpu_ns, bytes);
  for (size_t i = 0; i < shares.size(); ++i) {
    const std::string& source = append.pushes[i].source;
    const Entity* const entity = entity_of_source(source);
    if (entity == nullptr) continue;
    entity->accounts.cpu()->add(entity->accounts.source(*entity->find_source(source)), shares[i]);
  }
}

PlanWork LiveFeatures::work() const {
  PlanWork work(*plan_);
  for (const auto& entity : entities_) {
    if (!entity) continue;
    entity->accounts.add_to(work);
    const std::lock_guard lock(entity->mutex);
    entity->stream.add_memory(work);
    for (const DueKeys& due : entity->dues) work.unattributed.state_bytes += due.memory_bytes();
  }
  return work;
}

}  // namespace headrace

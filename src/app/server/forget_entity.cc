/// How a server forgets an entity: what lies in its store, in the feature log, and in the store beside it.

#include "app/command_line.h"
#include "app/server/entity_keys.h"
#include "app/server/served_features.h"
#include "app/table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace {
namespace {

/// Whether the request names all key columns of an entity and no others.
bool has_keys(const PlanEntity& entity, const EntityKey& given) {
  return entity.keys.size() == given.size() && std::ranges::all_of(entity.keys, [&](const std::string& key) {
           return std::ranges::find(given, key, &std::pair<std::string, Value>::first) != given.end();
         });
}

/// The entities of the definitions that have this key.
Result<std::vector<ForgottenEntity>> entities_of(const Plan& plan, const EntityKey& given) {
  std::vector<ForgottenEntity> found;
  for (const PlanEntity& entity : plan.entities) {
    if (!has_keys(entity, given)) continue;
    ForgottenEntity& each = found.emplace_back(ForgottenEntity{.entity = entity.name, .columns = entity.keys});
    ASSIGN_OR_RETURN(each.key, keys_of(entity, given));
  }
  if (!found.empty()) return found;
  std::vector<std::string> known;
  for (const PlanEntity& entity : plan.entities) {
    known.push_back(fmt::format("{} ({})", entity.name, fmt::join(entity.keys, ", ")));
  }
  return Error::not_found("no entity has these key columns, and no others")
      .with_help(fmt::format("entities are {}", fmt::join(known, ", ")));
}

/// Where an entity may still be, by what is and what was found.
std::vector<std::string> not_reached(const Plan& plan, const std::vector<ForgottenEntity>& entities,
                                     const ForgottenCounts& counts, bool has_log) {
  std::vector<std::string> places;
  for (const PlanEntity& entity : plan.entities) {
    const bool has_more = std::ranges::any_of(entity.keys, [&](const std::string& key) {
      return std::ranges::find(entities[0].columns, key) != entities[0].columns.end();
    });
    const bool is_done = std::ranges::find(entities, entity.name, &ForgottenEntity::entity) != entities.end();
    if (has_more && !is_done)
      places.push_back(fmt::format("`{}` has further key columns: forget each of its keys", entity.name));
  }
  if (counts.not_read > 0) {
    places.push_back(fmt::format("{} of sources that no feature reads were not looked through",
                                 counted(counts.not_read, "push", "pushes")));
  }
  if (counts.not_judged > 0) {
    places.push_back(fmt::format("{} that cannot be read and have the key somewhere in them: see `headrace left-out`",
                                 counted(counts.not_judged, "text")));
  }
  for (const PlanSource& source : plan.sources) {
    if (source.stream)
      places.push_back(fmt::format("the topic of `{}`, until its broker removes the messages", source.name));
  }
  places.push_back("files of the sources, and tables and training sets that were written from them");
  places.push_back("copies of the store (`headrace store backup`), and of the disk");
  if (!has_log) places.push_back("files of a feature log that this server does not write");
  return places;
}

}  // namespace

ApiOr<ForgetAnswer> ServedFeatures::forget_entity(const ForgetRequest& request) {
  if (std::optional<ApiError> why = why_not_operated()) return *std::move(why);
  const Result<std::vector<ForgottenEntity>> entities = entities_of(live()->plan(), request.key);
  if (!entities) return ApiError::of(entities.error());
  const Result<ForgetAnswer> answer = forget(*entities);
  if (!answer) return not_kept(answer.error());
  return *answer;
}

/// The notes come first: from then on it is done, now or by the next start.
Result<ForgetAnswer> ServedFeatures::forget(const std::vector<ForgottenEntity>& entities) {
  const std::lock_guard saves(saves_);
  const std::unique_lock whole(pushes_);
  const std::shared_ptr<LiveFeatures> before = live();
  RETURN_IF_ERROR(before->flush());
  ASSIGN_OR_RETURN(const auto notes, forgotten_entities(*options_.log));
  uint64_t number = notes.empty() ? 0 : notes.rbegin()->first + 1;
  for (const ForgottenEntity& each : entities) RETURN_IF_ERROR(note_forgotten(*options_.log, number++, each));

  const auto unfinished = [](const Error& error) {
    return error.with_context("not all of the entity is forgotten yet; the next start of the server goes on with it");
  };
  Result<std::unique_ptr<LiveFeatures>> opened = before->open_again();
  if (!opened) return unfinished(opened.error());
  const std::shared_ptr<LiveFeatures> next = *std::move(opened);
  replace_live(next);
  const Result<int64_t> rows = forget_logged_reads();
  if (!rows) return unfinished(rows.error());

  const ForgottenCounts& counts = next->forgotten();
  ForgetAnswer answer{.events = counts.events,
                      .pushes = counts.pushes,
                      .states = counts.states,
                      .left_out = counts.left_out,
                      .feature_log_rows = *rows,
                      .online_store = has_outliving_rows_ ? "waits" : "none"};
  for (const ForgottenEntity& each : entities) answer.entities.push_back(each.entity);
  answer.not_reached = not_reached(next->plan(), entities, counts, feature_log_ != nullptr);
  return answer;
}

/// Of all whose events are out of the store. What is left is the store beside the server.
Result<int64_t> ServedFeatures::forget_logged_reads() {
  ASSIGN_OR_RETURN(const auto entities, forgotten_entities(*options_.log));
  int64_t removed = 0;
  for (auto [number, entity] : entities) {
    if (entity.stage == ForgottenEntity::Stage::kFeatureLog && feature_log_) {
      ASSIGN_OR_RETURN(const int64_t rows, feature_log_->forget(entity.entity, entity.columns, entity.key));
      removed += rows;
    }
    if (entity.stage == ForgottenEntity::Stage::kStore) continue;
    entity.stage = ForgottenEntity::Stage::kOnlineStore;
    if (has_outliving_rows_) {
      RETURN_IF_ERROR(note_forgotten(*options_.log, number, entity));
      has_rows_to_remove_ = true;
    } else {
      RETURN_IF_ERROR(end_forgotten(*options_.log, number));
    }
  }
  return removed;
}

Status ServedFeatures::finish_forgetting() {
  if (options_.log == nullptr) return {};
  const ForgottenCounts& counts = live()->forgotten();
  if (counts.pushes + counts.left_out + counts.states > 0) {
    report_note(fmt::format("an entity that was being forgotten is: {} and {} left out are gone",
                            counted(counts.events, "event"), counted(counts.left_out, "event")),
                /*quiet=*/false);
  }
  const Result<int64_t> rows = forget_logged_reads();
  if (!rows) return rows.error();
  return remove_forget_traces(*options_.log);
}

Result<std::map<uint64_t, ForgottenEntity>> ServedFeatures::rows_to_remove() const {
  if (!has_rows_to_remove_) return std::map<uint64_t, ForgottenEntity>();
  ASSIGN_OR_RETURN(auto entities, forgotten_entities(*options_.log));
  std::erase_if(entities, [](const auto& each) { return each.second.stage != ForgottenEntity::Stage::kOnlineStore; });
  return entities;
}

Status ServedFeatures::note_removed(uint64_t number) { return end_forgotten(*options_.log, number); }

}  // namespace headrace

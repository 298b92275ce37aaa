#pragma once

/// How many entities of a definition are in memory, and how many are not.

#include "data/json/json_form.h"

#include <cstdint>
#include <string>

namespace headrace {

struct EntityStatus {
  std::string name;
  int64_t in_memory = 0;
  int64_t at_rest = 0;
  int64_t forgotten = 0;
  int64_t paged = 0;
  int64_t woken = 0;
};

template <typename Fields>
void describe(Fields& fields, const EntityStatus*) {
  fields.name("EntityStatus", "where the entities of a definition are, each by its key");
  fields.required("name", &EntityStatus::name);
  fields.required("in_memory", &EntityStatus::in_memory);
  fields.required("at_rest", &EntityStatus::at_rest,
                  {.text = "in the store alone: nothing has to be in memory for their values"});
  fields.required("forgotten", &EntityStatus::forgotten,
                  {.text = "left memory since the start, as no window needs anything of them"});
  fields.required("paged", &EntityStatus::paged,
                  {.text = "left memory since the start, to stay under the memory that is given"});
  fields.required("woken", &EntityStatus::woken, {.text = "came back into memory since the start"});
}

}  // namespace headrace

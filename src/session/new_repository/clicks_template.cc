#include "session/new_repository/repository_templates.h"

namespace headrace {
namespace {

constexpr char kClickProject[] =
    R"(# A feature repository: this file, definitions under features/, tests of features under tests/.
# `headrace check` reads all of it and shows every problem at once.
project:
  name: PROJECT
  defaults: {source: clicks}      # used where a feature names no source
---
# What features describe, and the column that tells one from another.
entity:
  name: user
  key: user_id
---
# Where events come from. Column types: bool, int64, double, string, timestamp.
source:
  name: clicks
  entity: user
  event_time: at
  columns:
    user_id: string
    page: string
    ms: int64                           # until the page was there
  batch: {format: ndjson, path: data/clicks.ndjson}   # file, folder or glob; parquet, csv, ndjson
  allowed_lateness: 5m
)";

constexpr char kClickFeatures[] =
    R"(# A count reads no column. Two windows are two features: clicks_1h, clicks_1d.
feature:
  name: clicks
  description: Pages that were opened
  owner: web
  tags: [activity]
  source: clicks
  aggregation: count
  window: [1h, 1d]
  version: "1.0"
---
feature:
  name: pages_1d
  description: Different pages that were opened
  owner: web
  tags: [activity]
  aggregation: count_distinct
  window: 1d
  source_features: [page]
  version: "1.0"
---
# A session is a run of clicks without a pause of more than half an hour.
feature:
  name: session_clicks
  description: Clicks of the session so far
  owner: web
  tags: [session]
  source: clicks
  aggregation: count
  window: {session: 30m}
  version: "1.0"
---
feature:
  name: slow_p90_1d
  description: Nine of ten pages were there after so many milliseconds
  owner: web
  tags: [speed]
  aggregation: percentile
  params: {p: 0.9}
  window: 1d
  source_features: [ms]
  version: "1.0"
---
# The latest value that is not null, as of any instant.
feature:
  name: last_page
  description: The page that was opened last
  owner: web
  tags: [session]
  source_features: [page]
  formula: page
  default: none
  version: "1.0"
---
# A feature of features: computed from their values at the same instant.
feature:
  name: clicks_against_day
  description: Clicks of the last hour against an hour of the last day
  owner: web
  source_features: [clicks_1h, clicks_1d]
  formula: clicks_1h / (clicks_1d / 24.0)
  version: "1.0"
)";

constexpr char kClickTest[] =
    R"(# Events go in, `ask` says where to look, `expect` what must be seen. `headrace test` runs it through the real engine.
about: A pause of more than half an hour ends a session; an unknown user has counts of 0 and nulls.
events:
  clicks:
    - {user_id: u1, at: "2024-03-01T10:00:00Z", page: /, ms: 80}
    - {user_id: u1, at: "2024-03-01T10:20:00Z", page: /shop, ms: 120}
    - {user_id: u1, at: "2024-03-01T11:10:00Z", page: /shop, ms: 90}
ask:
  - {entity: {user_id: u1}, at: "2024-03-01T10:20:00Z", features: [clicks_1h, session_clicks, last_page]}
  - {entity: {user_id: u1}, at: "2024-03-01T11:10:00Z"}
  - {entity: {user_id: u9}, at: "2024-03-01T11:10:00Z", features: [clicks_1d, slow_p90_1d, last_page]}
expect:
  - entity: {user_id: u1}
    at: "2024-03-01T10:20:00Z"
    values: {clicks_1h: 2, session_clicks: 2, last_page: /shop}
  - entity: {user_id: u1}
    at: "2024-03-01T11:10:00Z"
    values:
      clicks_1h: 2
      clicks_1d: 3
      pages_1d: 2
      session_clicks: 1
      slow_p90_1d: 114.0
      last_page: /shop
      clicks_against_day: 16.0
  - {entity: {user_id: u9}, at: "2024-03-01T11:10:00Z", values: {clicks_1d: 0, slow_p90_1d: null, last_page: none}}
)";

constexpr char kClickData[] = R"({"user_id": "u1", "at": "2024-03-01T09:00:00Z", "page": "/", "ms": 82}
{"user_id": "u1", "at": "2024-03-01T09:01:10Z", "page": "/shop", "ms": 143}
{"user_id": "u2", "at": "2024-03-01T09:05:00Z", "page": "/help", "ms": 61}
{"user_id": "u1", "at": "2024-03-01T09:07:30Z", "page": "/cart", "ms": 230}
{"user_id": "u3", "at": "2024-03-01T12:00:00Z", "page": "/", "ms": 75}
{"user_id": "u2", "at": "2024-03-01T13:15:00Z", "page": "/shop", "ms": 155}
{"user_id": "u2", "at": "2024-03-01T13:16:00Z", "page": "/shop", "ms": 149}
{"user_id": "u1", "at": "2024-03-01T18:40:00Z", "page": "/", "ms": 90}
{"user_id": "u3", "at": "2024-03-02T08:00:00Z", "page": "/help", "ms": 64}
{"user_id": "u1", "at": "2024-03-02T09:00:00Z", "page": "/shop", "ms": 171}
{"user_id": "u1", "at": "2024-03-02T09:20:00Z", "page": "/cart", "ms": 412}
{"user_id": "u2", "at": "2024-03-02T21:30:00Z", "page": "/", "ms": 77}
)";

}  // namespace

const RepositoryTemplate& clicks_template() {
  static const RepositoryTemplate made = {"clicks",
                                          {{"project.yaml", kClickProject},
                                           {"features/user.yaml", kClickFeatures},
                                           {"tests/sessions.yaml", kClickTest},
                                           {"data/clicks.ndjson", kClickData}}};
  return made;
}

}  // namespace headrace

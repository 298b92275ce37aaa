#include "session/new_repository/repository_templates.h"

namespace headrace {
namespace {

constexpr char kPaymentProject[] =
    R"(# A feature repository: this file, definitions under features/, tests of features under tests/.
# `headrace check` reads all of it and shows every problem at once.
project:
  name: PROJECT
  defaults: {source: payments}    # used where a feature names no source
---
# What features describe, and the column that tells one from another.
entity:
  name: customer
  key: customer_id
---
# Where events come from. Column types: bool, int64, double, string, timestamp.
source:
  name: payments
  entity: customer
  event_time: paid_at
  columns:
    customer_id: string                 # text, so that 00042 keeps its zeros
    amount: double                      # EUR
    status: string                      # ok | declined
    country: string
  batch: {format: csv, path: data/payments.csv}   # file, folder or glob; parquet, csv, ndjson
  id: payment_id                        # a payment that is sent again is the same payment: the last row counts
)";

constexpr char kPaymentFeatures[] =
    R"(# Two aggregations and two windows are four features: paid_sum_1d, paid_sum_30d, paid_max_1d, paid_max_30d.
feature:
  name: paid
  description: Amounts that were paid
  owner: risk
  tags: [money]
  aggregation: [sum, max]
  window: [1d, 30d]
  source_features: [amount, status]
  formula: amount
  filter: status == 'ok'
  version: "1.0"
---
# A count reads no column: `source` says whose events.
feature:
  name: payments_30d
  description: Attempts to pay
  owner: risk
  tags: [activity]
  source: payments
  aggregation: count
  window: 30d
  version: "1.0"
---
feature:
  name: declined_30d
  description: Attempts that were declined
  owner: risk
  tags: [activity]
  aggregation: count
  window: 30d
  source_features: [status]
  filter: status == 'declined'
  version: "1.0"
---
# Features of features: computed from their values at the same instant.
feature:
  name: declined_share_30d
  description: Share of the attempts that were declined
  owner: risk
  tags: [risk]
  source_features: [declined_30d, payments_30d]
  formula: declined_30d / payments_30d     # null where nobody tried to pay
  quality_checks:
    - {type: range, params: [0, 1]}
  version: "1.0"
---
feature:
  name: countries_30d
  description: Countries that payments came from
  owner: risk
  tags: [risk]
  aggregation: count_distinct
  window: 30d
  source_features: [country]
  version: "1.0"
---
# Only for the next one: `internal` keeps it out of tables and training sets.
feature:
  name: last_paid_at
  description: When the last payment succeeded
  owner: risk
  internal: true
  source: payments
  aggregation: max
  window: lifetime
  source_features: [status]
  formula: event_time()
  filter: status == 'ok'
  version: "1.0"
---
feature:
  name: hours_since_paid
  description: Hours since the last payment that succeeded
  owner: risk
  tags: [activity]
  source_features: [last_paid_at]
  formula: seconds(event_time() - last_paid_at) / 3600
  version: "1.0"
)";

constexpr char kPaymentTest[] =
    R"(# Events go in, `ask` says where to look, `expect` what must be seen. `headrace test` runs it through the real engine.
about: Declined payments count as attempts and pay nothing; a payment that is sent again counts once.
events:
  payments:
    - {customer_id: c1, paid_at: "2024-03-01T10:00:00Z", amount: 20.0, status: ok, country: DE, payment_id: a}
    - {customer_id: c1, paid_at: "2024-03-01T11:00:00Z", amount: 500.0, status: declined, country: FR, payment_id: b}
    - {customer_id: c1, paid_at: "2024-03-01T10:00:00Z", amount: 25.0, status: ok, country: DE, payment_id: a}
ask:
  - {entity: {customer_id: c1}, at: "2024-03-01T12:00:00Z"}
  - {entity: {customer_id: c9}, at: "2024-03-01T12:00:00Z", features: [payments_30d, declined_share_30d]}
expect:
  - entity: {customer_id: c1}
    at: "2024-03-01T12:00:00Z"
    values:
      paid_sum_1d: 25.0
      paid_sum_30d: 25.0
      paid_max_1d: 25.0
      paid_max_30d: 25.0
      payments_30d: 2
      declined_30d: 1
      declined_share_30d: 0.5
      countries_30d: 2
      last_paid_at: "2024-03-01T10:00:00Z"
      hours_since_paid: 2.0
  - {entity: {customer_id: c9}, at: "2024-03-01T12:00:00Z", values: {payments_30d: 0, declined_share_30d: null}}
)";

constexpr char kPaymentData[] = R"(payment_id,customer_id,paid_at,amount,status,country
p001,00042,2024-03-01T08:12:00Z,19.90,ok,DE
p002,00107,2024-03-01T09:30:00Z,250.00,ok,FR
p003,00042,2024-03-02T18:05:00Z,5.50,ok,DE
p004,00311,2024-03-03T07:45:00Z,999.00,declined,NG
p005,00311,2024-03-03T07:46:00Z,899.00,declined,NG
p006,00311,2024-03-03T07:49:00Z,99.00,ok,DE
p002,00107,2024-03-01T09:30:00Z,250.00,ok,FR
p007,00107,2024-03-04T12:00:00Z,12.00,ok,FR
p008,00042,2024-03-05T20:20:00Z,42.00,declined,ES
p009,00042,2024-03-05T20:22:00Z,42.00,ok,ES
p010,00107,2024-03-06T10:10:00Z,75.25,ok,BE
p011,00311,2024-03-07T01:00:00Z,500.00,declined,US
)";

}  // namespace

const RepositoryTemplate& payments_template() {
  static const RepositoryTemplate made = {"payments",
                                          {{"project.yaml", kPaymentProject},
                                           {"features/customer.yaml", kPaymentFeatures},
                                           {"tests/payments.yaml", kPaymentTest},
                                           {"data/payments.csv", kPaymentData}}};
  return made;
}

}  // namespace headrace

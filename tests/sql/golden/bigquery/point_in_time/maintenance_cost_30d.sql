-- maintenance_cost_30d 1.0: its value as of each row of `observations`
-- Cost of all jobs of the last thirty days, in euros
-- Owner: maintenance-team
-- Dialect: bigquery. Digest of the meaning: 030044dde664f869ff8b3bf93b261d94315a40821434effe5b7b2ab1305d61bd
WITH spine AS (
  SELECT DISTINCT pump_id, UNIX_MICROS(event_time) AS event_us
  FROM observations
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
maintenance_log_events AS (
  SELECT
    pump_id,
    UNIX_MICROS(done_at) AS seen_us,
    CASE WHEN NOT (IS_INF(cost_eur) OR IS_NAN(cost_eur)) THEN cost_eur + 0.0 END AS cost_eur
  FROM maintenance_log
  WHERE pump_id IS NOT NULL AND done_at IS NOT NULL
),
maintenance_cost_30d_series AS (
  SELECT pump_id, seen_us, cost_eur AS value
  FROM maintenance_log_events
),
maintenance_cost_30d_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM maintenance_cost_30d_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
maintenance_cost_30d_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    SUM(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 2591999999999 PRECEDING AND CURRENT ROW) AS total
  FROM maintenance_cost_30d_points
),
maintenance_cost_30d_window AS (
  SELECT pump_id, event_us, total
  FROM maintenance_cost_30d_frames
  WHERE is_asked
),
maintenance_cost_30d_result AS (
  SELECT pump_id, event_us, total AS result
  FROM maintenance_cost_30d_window
),
maintenance_cost_30d AS (
  SELECT
    pump_id,
    event_us,
    COALESCE(CASE WHEN NOT (IS_INF(result) OR IS_NAN(result)) THEN result + 0.0 END, 0.0) AS value
  FROM maintenance_cost_30d_result
)
SELECT observations.*, maintenance_cost_30d.value AS maintenance_cost_30d
FROM observations
LEFT JOIN maintenance_cost_30d
  ON maintenance_cost_30d.pump_id = observations.pump_id
  AND maintenance_cost_30d.event_us = UNIX_MICROS(observations.event_time);

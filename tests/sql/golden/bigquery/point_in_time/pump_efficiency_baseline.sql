-- pump_efficiency_baseline 1.0: its value as of each row of `observations`
-- Average efficiency over the seven days that ended 24 hours ago
-- Owner: operations-team
-- Dialect: bigquery. Digest of the meaning: 79a9e27043fdf932505abec95b13457daaa07d79250b713fce7acc4a7dc398f6
WITH spine AS (
  SELECT DISTINCT pump_id, UNIX_MICROS(event_time) AS event_us
  FROM observations
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
pump_telemetry_events AS (
  SELECT
    pump_id,
    UNIX_MICROS(event_time) AS seen_us,
    CASE WHEN NOT (IS_INF(input_power_kw) OR IS_NAN(input_power_kw)) THEN input_power_kw + 0.0 END AS input_power_kw,
    CASE WHEN NOT (IS_INF(output_flow_rate) OR IS_NAN(output_flow_rate)) THEN output_flow_rate + 0.0 END AS output_flow_rate
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
pump_efficiency_baseline_steps AS (
  SELECT *, SAFE_DIVIDE(output_flow_rate, input_power_kw) AS step_1
  FROM pump_telemetry_events
),
pump_efficiency_baseline_series AS (
  SELECT pump_id, seen_us, CASE WHEN NOT (IS_INF(step_1) OR IS_NAN(step_1)) THEN step_1 + 0.0 END AS value
  FROM pump_efficiency_baseline_steps
),
pump_efficiency_baseline_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM pump_efficiency_baseline_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
pump_efficiency_baseline_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    SUM(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 691199999999 PRECEDING AND 86400000000 PRECEDING) AS total,
    COUNT(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 691199999999 PRECEDING AND 86400000000 PRECEDING) AS n
  FROM pump_efficiency_baseline_points
),
pump_efficiency_baseline_window AS (
  SELECT pump_id, event_us, total, n
  FROM pump_efficiency_baseline_frames
  WHERE is_asked
),
pump_efficiency_baseline_result AS (
  SELECT pump_id, event_us, total / NULLIF(n, 0) AS result
  FROM pump_efficiency_baseline_window
),
pump_efficiency_baseline AS (
  SELECT pump_id, event_us, CASE WHEN NOT (IS_INF(result) OR IS_NAN(result)) THEN result + 0.0 END AS value
  FROM pump_efficiency_baseline_result
)
SELECT observations.*, pump_efficiency_baseline.value AS pump_efficiency_baseline
FROM observations
LEFT JOIN pump_efficiency_baseline
  ON pump_efficiency_baseline.pump_id = observations.pump_id
  AND pump_efficiency_baseline.event_us = UNIX_MICROS(observations.event_time);

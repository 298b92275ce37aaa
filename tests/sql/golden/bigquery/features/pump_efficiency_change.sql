-- pump_efficiency_change 1.0: its value at each instant of an event, once
-- Efficiency of the last 24 hours relative to the week before, as a fraction
-- Owner: operations-team
-- Dialect: bigquery. Digest of the meaning: 7126e44aec310a9649ebea0c938f5e239777bc08f8bfb3b814d90fde517fb506
CREATE OR REPLACE TABLE feature_pump_efficiency_change
PARTITION BY DATE(event_time)
CLUSTER BY pump_id
AS
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    UNIX_MICROS(event_time) AS seen_us,
    CASE WHEN NOT (IS_INF(input_power_kw) OR IS_NAN(input_power_kw)) THEN input_power_kw + 0.0 END AS input_power_kw,
    CASE WHEN NOT (IS_INF(output_flow_rate) OR IS_NAN(output_flow_rate)) THEN output_flow_rate + 0.0 END AS output_flow_rate
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
pump_efficiency_rolling_24h_steps AS (
  SELECT *, SAFE_DIVIDE(output_flow_rate, input_power_kw) AS step_1
  FROM pump_telemetry_events
),
pump_efficiency_rolling_24h_series AS (
  SELECT pump_id, seen_us, CASE WHEN NOT (IS_INF(step_1) OR IS_NAN(step_1)) THEN step_1 + 0.0 END AS value
  FROM pump_efficiency_rolling_24h_steps
),
pump_efficiency_rolling_24h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM pump_efficiency_rolling_24h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
pump_efficiency_rolling_24h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    SUM(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS total,
    COUNT(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS n
  FROM pump_efficiency_rolling_24h_points
),
pump_efficiency_rolling_24h_window AS (
  SELECT pump_id, event_us, total, n
  FROM pump_efficiency_rolling_24h_frames
  WHERE is_asked
),
pump_efficiency_rolling_24h_result AS (
  SELECT pump_id, event_us, total / NULLIF(n, 0) AS result
  FROM pump_efficiency_rolling_24h_window
),
pump_efficiency_rolling_24h AS (
  SELECT pump_id, event_us, CASE WHEN NOT (IS_INF(result) OR IS_NAN(result)) THEN result + 0.0 END AS value
  FROM pump_efficiency_rolling_24h_result
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
),
pump_efficiency_change_inputs AS (
  SELECT
    spine.*,
    pump_efficiency_rolling_24h.value AS pump_efficiency_rolling_24h,
    pump_efficiency_baseline.value AS pump_efficiency_baseline
  FROM spine
  LEFT JOIN pump_efficiency_rolling_24h
    ON pump_efficiency_rolling_24h.pump_id = spine.pump_id
    AND pump_efficiency_rolling_24h.event_us = spine.event_us
  LEFT JOIN pump_efficiency_baseline
    ON pump_efficiency_baseline.pump_id = spine.pump_id
    AND pump_efficiency_baseline.event_us = spine.event_us
),
pump_efficiency_change AS (
  SELECT
    pump_id,
    event_us,
    SAFE_SUBTRACT(SAFE_DIVIDE(pump_efficiency_rolling_24h, pump_efficiency_baseline), 1.0) AS value
  FROM pump_efficiency_change_inputs
)
SELECT pump_id, TIMESTAMP_MICROS(event_us) AS event_time, value AS pump_efficiency_change
FROM pump_efficiency_change;

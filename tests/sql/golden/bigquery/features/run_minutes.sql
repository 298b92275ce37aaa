-- run_minutes 1.0: its value at each instant of an event, once
-- For how long the pump has been running without a stop; 0 while it stands still
-- Owner: operations-team
-- Dialect: bigquery. Digest of the meaning: fe0b0b8d10758dbb2be854fe07dbec00f23200258d45662ff10f1afdea8ba2de
CREATE OR REPLACE TABLE feature_run_minutes
PARTITION BY DATE(event_time)
CLUSTER BY pump_id
AS
WITH pump_telemetry_events AS (
  SELECT pump_id, UNIX_MICROS(event_time) AS seen_us, mode
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
run_began_at_series AS (
  SELECT pump_id, seen_us, seen_us AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
run_began_at_starts AS (
  SELECT
    *,
    CASE WHEN seen_us - LAG(seen_us) OVER (PARTITION BY pump_id ORDER BY seen_us) <= 600000000 THEN 0 ELSE 1 END AS is_start
  FROM run_began_at_series
),
run_began_at_events AS (
  SELECT *, value AS opening
  FROM run_began_at_starts
),
run_began_at_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, opening, is_start, FALSE AS is_asked
  FROM run_began_at_events
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, NULL, TRUE
  FROM spine
),
run_began_at_panes AS (
  SELECT
    *,
    CASE WHEN event_us - MAX(seen_us) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) <= 600000000 THEN SUM(is_start) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) ELSE 0 END AS pane
  FROM run_began_at_points
),
run_began_at_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    FIRST_VALUE(opening IGNORE NULLS) OVER (PARTITION BY pump_id, pane ORDER BY event_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS earliest
  FROM run_began_at_panes
),
run_began_at_window AS (
  SELECT pump_id, event_us, earliest
  FROM run_began_at_frames
  WHERE is_asked
),
run_began_at AS (
  SELECT pump_id, event_us, earliest AS value
  FROM run_began_at_window
),
run_minutes_inputs AS (
  SELECT spine.*, run_began_at.value AS run_began_at
  FROM spine
  LEFT JOIN run_began_at
    ON run_began_at.pump_id = spine.pump_id
    AND run_began_at.event_us = spine.event_us
),
run_minutes_steps AS (
  SELECT *, SAFE_DIVIDE(CAST(SAFE_SUBTRACT(event_us, run_began_at) AS FLOAT64) / 1000000.0, 60.0) AS step_1
  FROM run_minutes_inputs
),
run_minutes AS (
  SELECT
    pump_id,
    event_us,
    COALESCE(CASE WHEN NOT (IS_INF(step_1) OR IS_NAN(step_1)) THEN step_1 + 0.0 END, 0.0) AS value
  FROM run_minutes_steps
)
SELECT pump_id, TIMESTAMP_MICROS(event_us) AS event_time, value AS run_minutes
FROM run_minutes;

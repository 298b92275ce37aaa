-- run_began_at 1.0: its value as of each row of `observations`
-- When the current run of the pump began; null while it stands still for more than ten minutes
-- Owner: operations-team
-- Dialect: snowflake. Digest of the meaning: 0e4c14372c933166e36911a8cc4748d610eed4e601f69e4fa695898177526e90
WITH spine AS (
  SELECT DISTINCT pump_id, DATE_PART(EPOCH_MICROSECOND, event_time) AS event_us
  FROM observations
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
pump_telemetry_events AS (
  SELECT pump_id, DATE_PART(EPOCH_MICROSECOND, event_time) AS seen_us, mode
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
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
run_began_at_numbered AS (
  SELECT
    *,
    SUM(is_start) OVER (PARTITION BY pump_id ORDER BY seen_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS session
  FROM run_began_at_starts
),
run_began_at_sessions AS (
  SELECT *, MAX(seen_us) OVER (PARTITION BY pump_id, session) AS session_end_us
  FROM run_began_at_numbered
),
run_began_at_rows AS (
  SELECT spine.pump_id, event_us, seen_us, value
  FROM spine
  LEFT JOIN run_began_at_sessions
    ON run_began_at_sessions.pump_id = spine.pump_id
    AND seen_us <= event_us
    AND event_us <= session_end_us + 600000000
),
run_began_at_rows_2 AS (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY pump_id, event_us ORDER BY value IS NULL, seen_us) AS oldest
  FROM run_began_at_rows
),
run_began_at_window AS (
  SELECT pump_id, event_us, MAX(CASE WHEN oldest = 1 THEN value END) AS earliest
  FROM run_began_at_rows_2
  GROUP BY pump_id, event_us
),
run_began_at AS (
  SELECT pump_id, event_us, earliest AS value
  FROM run_began_at_window
)
SELECT observations.*, TO_TIMESTAMP_NTZ(run_began_at.value, 6) AS run_began_at
FROM observations
LEFT JOIN run_began_at
  ON run_began_at.pump_id = observations.pump_id
  AND run_began_at.event_us = DATE_PART(EPOCH_MICROSECOND, observations.event_time);

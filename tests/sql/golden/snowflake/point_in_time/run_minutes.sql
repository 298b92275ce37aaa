-- run_minutes 1.0: its value as of each row of `observations`
-- For how long the pump has been running without a stop; 0 while it stands still
-- Owner: operations-team
-- Dialect: snowflake. Digest of the meaning: fe0b0b8d10758dbb2be854fe07dbec00f23200258d45662ff10f1afdea8ba2de
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
),
run_minutes_inputs AS (
  SELECT spine.*, run_began_at.value AS run_began_at
  FROM spine
  LEFT JOIN run_began_at
    ON run_began_at.pump_id = spine.pump_id
    AND run_began_at.event_us = spine.event_us
),
run_minutes_steps AS (
  SELECT *, CAST(event_us AS NUMBER(38, 0)) - run_began_at AS step_1
  FROM run_minutes_inputs
),
run_minutes_steps_2 AS (
  SELECT
    *,
    (CAST(CASE WHEN step_1 BETWEEN -9223372036854775808 AND 9223372036854775807 THEN step_1 END AS FLOAT) / '1000000.0'::FLOAT) / NULLIF('60.0'::FLOAT, 0) AS step_2
  FROM run_minutes_steps
),
run_minutes AS (
  SELECT
    pump_id,
    event_us,
    COALESCE(CASE WHEN step_2 BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN step_2 + 0 END, '0.0'::FLOAT) AS value
  FROM run_minutes_steps_2
)
SELECT observations.*, run_minutes.value AS run_minutes
FROM observations
LEFT JOIN run_minutes
  ON run_minutes.pump_id = observations.pump_id
  AND run_minutes.event_us = DATE_PART(EPOCH_MICROSECOND, observations.event_time);

-- run_minutes 1.0: its values at the instants of some days, in place of those there
-- For how long the pump has been running without a stop; 0 while it stands still
-- Owner: operations-team
-- Dialect: duckdb. Digest of the meaning: fe0b0b8d10758dbb2be854fe07dbec00f23200258d45662ff10f1afdea8ba2de
-- Takes SET VARIABLE headrace_start = TIMESTAMP '2024-03-01' and SET VARIABLE headrace_end = TIMESTAMP '2024-03-02'.
-- Reads pump_telemetry from its beginning for run_minutes: 12 bytes a row and the bytes of the texts pump_id, mode.
SELECT CASE WHEN CAST(getvariable('headrace_start') AS TIMESTAMP) < CAST(getvariable('headrace_end') AS TIMESTAMP) THEN TRUE ELSE error('Give the statement SET VARIABLE headrace_start = TIMESTAMP ''2024-03-01'' and SET VARIABLE headrace_end = TIMESTAMP ''2024-03-02'', start before end') END AS is_in_order;
CREATE TABLE IF NOT EXISTS headrace_daily_tables (table_name VARCHAR, meaning VARCHAR);
CREATE TABLE IF NOT EXISTS daily_feature_run_minutes (
  pump_id VARCHAR,
  event_time TIMESTAMP,
  run_minutes DOUBLE
);
DELETE FROM headrace_daily_tables WHERE table_name = 'daily_feature_run_minutes' AND (SELECT COUNT(*) FROM daily_feature_run_minutes) = 0;
INSERT INTO headrace_daily_tables (table_name, meaning)
SELECT 'daily_feature_run_minutes', 'fe0b0b8d10758dbb2be854fe07dbec00f23200258d45662ff10f1afdea8ba2de'
FROM (SELECT COUNT(*) AS num_rows FROM daily_feature_run_minutes) AS counted
WHERE num_rows = 0;
SELECT CASE WHEN COUNT(*) = 1 THEN TRUE ELSE error('daily_feature_run_minutes has rows of another meaning than fe0b0b8d1075: drop it and compute its days again') END AS has_the_meaning
FROM headrace_daily_tables
WHERE table_name = 'daily_feature_run_minutes' AND meaning = 'fe0b0b8d10758dbb2be854fe07dbec00f23200258d45662ff10f1afdea8ba2de';
MERGE INTO daily_feature_run_minutes AS kept_rows
USING (
WITH pump_telemetry_events AS (
  SELECT pump_id, epoch_us(event_time) AS seen_us, mode
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL AND event_time < CAST(getvariable('headrace_end') AS TIMESTAMP)
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
  WHERE seen_us >= epoch_us(CAST(getvariable('headrace_start') AS TIMESTAMP)) AND seen_us < epoch_us(CAST(getvariable('headrace_end') AS TIMESTAMP))
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
  SELECT
    *,
    (CAST(TRY_CAST(CAST(event_us AS HUGEINT) - run_began_at AS BIGINT) AS DOUBLE) / 1000000.0e0) / NULLIF(60.0e0, 0) AS step_1
  FROM run_minutes_inputs
),
run_minutes AS (
  SELECT pump_id, event_us, COALESCE(CASE WHEN isfinite(step_1) THEN step_1 + 0 END, 0.0e0) AS value
  FROM run_minutes_steps
)
SELECT pump_id, make_timestamp(event_us) AS event_time, value AS run_minutes
FROM run_minutes
) AS made_rows
ON FALSE
WHEN NOT MATCHED BY SOURCE AND kept_rows.event_time >= CAST(getvariable('headrace_start') AS TIMESTAMP) AND kept_rows.event_time < CAST(getvariable('headrace_end') AS TIMESTAMP) THEN DELETE
WHEN NOT MATCHED THEN INSERT (pump_id, event_time, run_minutes)
  VALUES (made_rows.pump_id, made_rows.event_time, made_rows.run_minutes);

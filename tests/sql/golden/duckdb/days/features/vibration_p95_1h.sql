-- vibration_p95_1h 1.0: its values at the instants of some days, in place of those there
-- Vibration velocity at the bearing while the pump runs, in mm/s
-- Owner: reliability-team
-- Dialect: duckdb. Digest of the meaning: 84b39422fdc81ced706a5f35719f225e87b6bf63e16d5c140aa5c96686222f35
-- Takes SET VARIABLE headrace_start = TIMESTAMP '2024-03-01' and SET VARIABLE headrace_end = TIMESTAMP '2024-03-02'.
-- Reads pump_telemetry from headrace_start less 1h on: 20 bytes a row and the bytes of the texts pump_id, mode.
SELECT CASE WHEN CAST(getvariable('headrace_start') AS TIMESTAMP) < CAST(getvariable('headrace_end') AS TIMESTAMP) THEN TRUE ELSE error('Give the statement SET VARIABLE headrace_start = TIMESTAMP ''2024-03-01'' and SET VARIABLE headrace_end = TIMESTAMP ''2024-03-02'', start before end') END AS is_in_order;
CREATE TABLE IF NOT EXISTS headrace_daily_tables (table_name VARCHAR, meaning VARCHAR);
CREATE TABLE IF NOT EXISTS daily_feature_vibration_p95_1h (
  pump_id VARCHAR,
  event_time TIMESTAMP,
  vibration_p95_1h DOUBLE
);
DELETE FROM headrace_daily_tables WHERE table_name = 'daily_feature_vibration_p95_1h' AND (SELECT COUNT(*) FROM daily_feature_vibration_p95_1h) = 0;
INSERT INTO headrace_daily_tables (table_name, meaning)
SELECT 'daily_feature_vibration_p95_1h', '84b39422fdc81ced706a5f35719f225e87b6bf63e16d5c140aa5c96686222f35'
FROM (SELECT COUNT(*) AS num_rows FROM daily_feature_vibration_p95_1h) AS counted
WHERE num_rows = 0;
SELECT CASE WHEN COUNT(*) = 1 THEN TRUE ELSE error('daily_feature_vibration_p95_1h has rows of another meaning than 84b39422fdc8: drop it and compute its days again') END AS has_the_meaning
FROM headrace_daily_tables
WHERE table_name = 'daily_feature_vibration_p95_1h' AND meaning = '84b39422fdc81ced706a5f35719f225e87b6bf63e16d5c140aa5c96686222f35';
MERGE INTO daily_feature_vibration_p95_1h AS kept_rows
USING (
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    epoch_us(event_time) AS seen_us,
    mode,
    CASE WHEN isfinite(vibration_mm_s) THEN vibration_mm_s + 0 END AS vibration_mm_s
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL AND event_time >= CAST(getvariable('headrace_start') AS TIMESTAMP) - to_microseconds(3600000000) AND event_time < CAST(getvariable('headrace_end') AS TIMESTAMP)
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
  WHERE seen_us >= epoch_us(CAST(getvariable('headrace_start') AS TIMESTAMP)) AND seen_us < epoch_us(CAST(getvariable('headrace_end') AS TIMESTAMP))
),
vibration_p95_1h_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_p95_1h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM vibration_p95_1h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
vibration_p95_1h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    quantile_cont(value, 0.95e0) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS quantile
  FROM vibration_p95_1h_points
),
vibration_p95_1h_window AS (
  SELECT pump_id, event_us, quantile
  FROM vibration_p95_1h_frames
  WHERE is_asked
),
vibration_p95_1h_result AS (
  SELECT pump_id, event_us, quantile AS result
  FROM vibration_p95_1h_window
),
vibration_p95_1h AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
  FROM vibration_p95_1h_result
)
SELECT pump_id, make_timestamp(event_us) AS event_time, value AS vibration_p95_1h
FROM vibration_p95_1h
) AS made_rows
ON FALSE
WHEN NOT MATCHED BY SOURCE AND kept_rows.event_time >= CAST(getvariable('headrace_start') AS TIMESTAMP) AND kept_rows.event_time < CAST(getvariable('headrace_end') AS TIMESTAMP) THEN DELETE
WHEN NOT MATCHED THEN INSERT (pump_id, event_time, vibration_p95_1h)
  VALUES (made_rows.pump_id, made_rows.event_time, made_rows.vibration_p95_1h);

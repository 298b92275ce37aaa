-- vibration_p95_1h 1.0: its values at the instants of some days, in place of those there
-- Vibration velocity at the bearing while the pump runs, in mm/s
-- Owner: reliability-team
-- Dialect: bigquery. Digest of the meaning: 84b39422fdc81ced706a5f35719f225e87b6bf63e16d5c140aa5c96686222f35
-- Takes @start and @end, parameters of type TIMESTAMP.
-- Reads pump_telemetry from @start less 1h on: 20 bytes a row and the bytes of the texts pump_id, mode.
SELECT CASE WHEN @start < @end THEN TRUE ELSE ERROR('Give the statement @start and @end, parameters of type TIMESTAMP, start before end') END AS is_in_order;
CREATE TABLE IF NOT EXISTS headrace_daily_tables (table_name STRING, meaning STRING);
CREATE TABLE IF NOT EXISTS daily_feature_vibration_p95_1h (
  pump_id STRING,
  event_time TIMESTAMP,
  vibration_p95_1h FLOAT64
)
PARTITION BY DATE(event_time)
CLUSTER BY pump_id;
DELETE FROM headrace_daily_tables WHERE table_name = 'daily_feature_vibration_p95_1h' AND (SELECT COUNT(*) FROM daily_feature_vibration_p95_1h) = 0;
INSERT INTO headrace_daily_tables (table_name, meaning)
SELECT 'daily_feature_vibration_p95_1h', '84b39422fdc81ced706a5f35719f225e87b6bf63e16d5c140aa5c96686222f35'
FROM (SELECT COUNT(*) AS num_rows FROM daily_feature_vibration_p95_1h) AS counted
WHERE num_rows = 0;
SELECT CASE WHEN COUNT(*) = 1 THEN TRUE ELSE ERROR('daily_feature_vibration_p95_1h has rows of another meaning than 84b39422fdc8: drop it and compute its days again') END AS has_the_meaning
FROM headrace_daily_tables
WHERE table_name = 'daily_feature_vibration_p95_1h' AND meaning = '84b39422fdc81ced706a5f35719f225e87b6bf63e16d5c140aa5c96686222f35';
MERGE INTO daily_feature_vibration_p95_1h AS kept_rows
USING (
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    UNIX_MICROS(event_time) AS seen_us,
    mode,
    CASE WHEN NOT (IS_INF(vibration_mm_s) OR IS_NAN(vibration_mm_s)) THEN vibration_mm_s + 0.0 END AS vibration_mm_s
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL AND event_time >= TIMESTAMP_SUB(@start, INTERVAL 3600000000 MICROSECOND) AND event_time < @end
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
  WHERE seen_us >= UNIX_MICROS(@start) AND seen_us < UNIX_MICROS(@end)
),
vibration_p95_1h_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_p95_1h_near AS (
  SELECT *, seen_us - MOD(MOD(seen_us, 3600000000) + 3600000000, 3600000000) AS near_us
  FROM vibration_p95_1h_series
  UNION ALL
  SELECT *, seen_us - MOD(MOD(seen_us, 3600000000) + 3600000000, 3600000000) + 3600000000
  FROM vibration_p95_1h_series
),
vibration_p95_1h_rows AS (
  SELECT spine.pump_id, event_us, seen_us, value
  FROM spine
  LEFT JOIN vibration_p95_1h_near
    ON vibration_p95_1h_near.pump_id = spine.pump_id
    AND near_us = event_us - MOD(MOD(event_us, 3600000000) + 3600000000, 3600000000)
    AND seen_us > event_us - 3600000000
    AND seen_us <= event_us
),
vibration_p95_1h_rows_2 AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY pump_id, event_us ORDER BY value IS NULL, value) AS place,
    COUNT(value) OVER (PARTITION BY pump_id, event_us) AS n
  FROM vibration_p95_1h_rows
),
vibration_p95_1h_window AS (
  SELECT
    pump_id,
    event_us,
    MAX((n - 1) * 0.95) AS position,
    MAX(CASE WHEN place = FLOOR((n - 1) * 0.95) + 1 THEN value END) AS below,
    MAX(CASE WHEN place = FLOOR((n - 1) * 0.95) + 2 THEN value END) AS above
  FROM vibration_p95_1h_rows_2
  GROUP BY pump_id, event_us
),
vibration_p95_1h_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN position = FLOOR(position) THEN below ELSE below + SAFE_SUBTRACT(above, below) * (position - FLOOR(position)) END AS result
  FROM vibration_p95_1h_window
),
vibration_p95_1h AS (
  SELECT pump_id, event_us, CASE WHEN NOT (IS_INF(result) OR IS_NAN(result)) THEN result + 0.0 END AS value
  FROM vibration_p95_1h_result
)
SELECT pump_id, TIMESTAMP_MICROS(event_us) AS event_time, value AS vibration_p95_1h
FROM vibration_p95_1h
) AS made_rows
ON FALSE
WHEN NOT MATCHED BY SOURCE AND kept_rows.event_time >= @start AND kept_rows.event_time < @end THEN DELETE
WHEN NOT MATCHED THEN INSERT (pump_id, event_time, vibration_p95_1h)
  VALUES (made_rows.pump_id, made_rows.event_time, made_rows.vibration_p95_1h);

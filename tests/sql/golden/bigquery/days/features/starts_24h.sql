-- starts_24h 1.0: its values at the instants of some days, in place of those there
-- How often the pump was started in 24 hours
-- Owner: operations-team
-- Dialect: bigquery. Digest of the meaning: f77f8b5acad9b454affc9fb6226f8826d0da7ab2e5f460ff2d7142476f38cf92
-- Takes @start and @end, parameters of type TIMESTAMP.
-- Reads pump_telemetry from @start less 1470m on: 12 bytes a row and the bytes of the texts pump_id, mode.
SELECT CASE WHEN @start < @end THEN TRUE ELSE ERROR('Give the statement @start and @end, parameters of type TIMESTAMP, start before end') END AS is_in_order;
CREATE TABLE IF NOT EXISTS headrace_daily_tables (table_name STRING, meaning STRING);
CREATE TABLE IF NOT EXISTS daily_feature_starts_24h (
  pump_id STRING,
  event_time TIMESTAMP,
  starts_24h INT64
)
PARTITION BY DATE(event_time)
CLUSTER BY pump_id;
DELETE FROM headrace_daily_tables WHERE table_name = 'daily_feature_starts_24h' AND (SELECT COUNT(*) FROM daily_feature_starts_24h) = 0;
INSERT INTO headrace_daily_tables (table_name, meaning)
SELECT 'daily_feature_starts_24h', 'f77f8b5acad9b454affc9fb6226f8826d0da7ab2e5f460ff2d7142476f38cf92'
FROM (SELECT COUNT(*) AS num_rows FROM daily_feature_starts_24h) AS counted
WHERE num_rows = 0;
SELECT CASE WHEN COUNT(*) = 1 THEN TRUE ELSE ERROR('daily_feature_starts_24h has rows of another meaning than f77f8b5acad9: drop it and compute its days again') END AS has_the_meaning
FROM headrace_daily_tables
WHERE table_name = 'daily_feature_starts_24h' AND meaning = 'f77f8b5acad9b454affc9fb6226f8826d0da7ab2e5f460ff2d7142476f38cf92';
MERGE INTO daily_feature_starts_24h AS kept_rows
USING (
WITH pump_telemetry_events AS (
  SELECT pump_id, UNIX_MICROS(event_time) AS seen_us, mode
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL AND event_time >= TIMESTAMP_SUB(@start, INTERVAL 88200000000 MICROSECOND) AND event_time < @end
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
  WHERE seen_us >= UNIX_MICROS(@start) AND seen_us < UNIX_MICROS(@end)
),
pump_telemetry_instants AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
mode_before_at_pump_telemetry_series AS (
  SELECT pump_id, seen_us, mode AS value
  FROM pump_telemetry_events
),
mode_before_at_pump_telemetry_settled AS (
  SELECT
    pump_id,
    seen_us,
    CASE WHEN COALESCE(MIN(value) OVER (PARTITION BY pump_id, seen_us) = MAX(value) OVER (PARTITION BY pump_id, seen_us), TRUE) THEN value ELSE ERROR('mode_before: events of pump_telemetry of one key and time have different values, and nothing says which came last: give the source an arrival column, or leave the feature out') END AS value
  FROM mode_before_at_pump_telemetry_series
),
mode_before_at_pump_telemetry_events AS (
  SELECT *, value AS closing
  FROM mode_before_at_pump_telemetry_settled
),
mode_before_at_pump_telemetry_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, closing, FALSE AS is_asked
  FROM mode_before_at_pump_telemetry_events
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM pump_telemetry_instants
),
mode_before_at_pump_telemetry_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    LAST_VALUE(closing IGNORE NULLS) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 1800000000 PRECEDING AND 1 PRECEDING) AS latest
  FROM mode_before_at_pump_telemetry_points
),
mode_before_at_pump_telemetry_window AS (
  SELECT pump_id, event_us, latest
  FROM mode_before_at_pump_telemetry_frames
  WHERE is_asked
),
mode_before_at_pump_telemetry AS (
  SELECT pump_id, event_us, COALESCE(latest, 'unknown') AS value
  FROM mode_before_at_pump_telemetry_window
),
starts_24h_inputs AS (
  SELECT pump_telemetry_events.*, mode_before_at_pump_telemetry.value AS mode_before
  FROM pump_telemetry_events
  LEFT JOIN mode_before_at_pump_telemetry
    ON mode_before_at_pump_telemetry.pump_id = pump_telemetry_events.pump_id
    AND mode_before_at_pump_telemetry.event_us = pump_telemetry_events.seen_us
),
starts_24h_series AS (
  SELECT pump_id, seen_us
  FROM starts_24h_inputs
  WHERE (mode = 'run') AND (mode_before = 'idle')
),
starts_24h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, FALSE AS is_asked
  FROM starts_24h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, TRUE
  FROM spine
),
starts_24h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    COUNT(seen_us) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS n
  FROM starts_24h_points
),
starts_24h_window AS (
  SELECT pump_id, event_us, n
  FROM starts_24h_frames
  WHERE is_asked
),
starts_24h AS (
  SELECT pump_id, event_us, n AS value
  FROM starts_24h_window
)
SELECT pump_id, TIMESTAMP_MICROS(event_us) AS event_time, value AS starts_24h
FROM starts_24h
) AS made_rows
ON FALSE
WHEN NOT MATCHED BY SOURCE AND kept_rows.event_time >= @start AND kept_rows.event_time < @end THEN DELETE
WHEN NOT MATCHED THEN INSERT (pump_id, event_time, starts_24h)
  VALUES (made_rows.pump_id, made_rows.event_time, made_rows.starts_24h);

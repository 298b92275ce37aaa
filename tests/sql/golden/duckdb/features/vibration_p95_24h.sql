-- vibration_p95_24h 1.0: its value at each instant of an event, once
-- Vibration velocity at the bearing while the pump runs, in mm/s
-- Owner: reliability-team
-- Dialect: duckdb. Digest of the meaning: 24affe04fdd0311fbe0b4729c59a32e0fac177e880a90ca5d2c0f654395c272e
CREATE OR REPLACE TABLE feature_vibration_p95_24h AS
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    epoch_us(event_time) AS seen_us,
    mode,
    CASE WHEN isfinite(vibration_mm_s) THEN vibration_mm_s + 0 END AS vibration_mm_s
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
vibration_p95_24h_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_p95_24h_rows AS (
  SELECT spine.pump_id, event_us, seen_us, value
  FROM spine
  LEFT JOIN vibration_p95_24h_series
    ON vibration_p95_24h_series.pump_id = spine.pump_id
    AND seen_us > event_us - 86400000000
    AND seen_us <= event_us
),
vibration_p95_24h_rows_2 AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY pump_id, event_us ORDER BY value IS NULL, value) AS place,
    COUNT(value) OVER (PARTITION BY pump_id, event_us) AS n
  FROM vibration_p95_24h_rows
),
vibration_p95_24h_window AS (
  SELECT
    pump_id,
    event_us,
    MAX((n - 1) * 0.95e0) AS position,
    MAX(CASE WHEN place = FLOOR((n - 1) * 0.95e0) + 1 THEN value END) AS below,
    MAX(CASE WHEN place = FLOOR((n - 1) * 0.95e0) + 2 THEN value END) AS above
  FROM vibration_p95_24h_rows_2
  GROUP BY pump_id, event_us
),
vibration_p95_24h_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN position = FLOOR(position) THEN below ELSE below + (above - below) * (position - FLOOR(position)) END AS result
  FROM vibration_p95_24h_window
),
vibration_p95_24h AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
  FROM vibration_p95_24h_result
)
SELECT pump_id, make_timestamp(event_us) AS event_time, value AS vibration_p95_24h
FROM vibration_p95_24h;

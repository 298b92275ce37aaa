-- vibration_median_14d 1.0: its value at each instant of an event, once
-- Median vibration velocity of the last fourteen days, in mm/s
-- Owner: reliability-team
-- Dialect: snowflake. Digest of the meaning: 71640586da1126298f6ecf5e401460069e2df249159b2128d507216a4a9572be
CREATE OR REPLACE TABLE feature_vibration_median_14d AS
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    DATE_PART(EPOCH_MICROSECOND, event_time) AS seen_us,
    mode,
    CASE WHEN vibration_mm_s BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN vibration_mm_s + 0 END AS vibration_mm_s
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
vibration_median_14d_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_median_14d_rows AS (
  SELECT spine.pump_id, event_us, seen_us, value
  FROM spine
  LEFT JOIN vibration_median_14d_series
    ON vibration_median_14d_series.pump_id = spine.pump_id
    AND seen_us > event_us - 1209600000000
    AND seen_us <= event_us
),
vibration_median_14d_rows_2 AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY pump_id, event_us ORDER BY value IS NULL, value) AS place,
    COUNT(value) OVER (PARTITION BY pump_id, event_us) AS n
  FROM vibration_median_14d_rows
),
vibration_median_14d_window AS (
  SELECT
    pump_id,
    event_us,
    MAX((n - 1) * '0.5'::FLOAT) AS position,
    MAX(CASE WHEN place = FLOOR((n - 1) * '0.5'::FLOAT) + 1 THEN value END) AS below,
    MAX(CASE WHEN place = FLOOR((n - 1) * '0.5'::FLOAT) + 2 THEN value END) AS above
  FROM vibration_median_14d_rows_2
  GROUP BY pump_id, event_us
),
vibration_median_14d_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN position = FLOOR(position) THEN below ELSE below + (above - below) * (position - FLOOR(position)) END AS result
  FROM vibration_median_14d_window
),
vibration_median_14d AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN result BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN result + 0 END AS value
  FROM vibration_median_14d_result
)
SELECT pump_id, TO_TIMESTAMP_NTZ(event_us, 6) AS event_time, value AS vibration_median_14d
FROM vibration_median_14d;

-- vibration_p95_1h 1.0: its value at each instant of an event, once
-- Vibration velocity at the bearing while the pump runs, in mm/s
-- Owner: reliability-team
-- Dialect: snowflake. Digest of the meaning: 84b39422fdc81ced706a5f35719f225e87b6bf63e16d5c140aa5c96686222f35
CREATE OR REPLACE TABLE feature_vibration_p95_1h
CLUSTER BY (TO_DATE(event_time), pump_id)
AS
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
    MAX((n - 1) * '0.95'::FLOAT) AS position,
    MAX(CASE WHEN place = FLOOR((n - 1) * '0.95'::FLOAT) + 1 THEN value END) AS below,
    MAX(CASE WHEN place = FLOOR((n - 1) * '0.95'::FLOAT) + 2 THEN value END) AS above
  FROM vibration_p95_1h_rows_2
  GROUP BY pump_id, event_us
),
vibration_p95_1h_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN position = FLOOR(position) THEN below ELSE below + (above - below) * (position - FLOOR(position)) END AS result
  FROM vibration_p95_1h_window
),
vibration_p95_1h AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN result BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN result + 0 END AS value
  FROM vibration_p95_1h_result
)
SELECT pump_id, TO_TIMESTAMP_NTZ(event_us, 6) AS event_time, value AS vibration_p95_1h
FROM vibration_p95_1h;

-- wear_trend 1.0: its value at each instant of an event, once
-- Smoothed vibration relative to the median of the last fourteen days, as a fraction
-- Owner: reliability-team
-- Dialect: bigquery. Digest of the meaning: 18480758b3dc751eee729b8cdebb868380d18288d31a3d028bb777a5cd7c8061
CREATE OR REPLACE TABLE feature_wear_trend
PARTITION BY DATE(event_time)
CLUSTER BY pump_id
AS
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    UNIX_MICROS(event_time) AS seen_us,
    mode,
    CASE WHEN NOT (IS_INF(vibration_mm_s) OR IS_NAN(vibration_mm_s)) THEN vibration_mm_s + 0.0 END AS vibration_mm_s
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
vibration_smoothed_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_smoothed_near AS (
  SELECT *, seen_us - MOD(MOD(seen_us, 604800000000) + 604800000000, 604800000000) AS near_us
  FROM vibration_smoothed_series
  UNION ALL
  SELECT *, seen_us - MOD(MOD(seen_us, 604800000000) + 604800000000, 604800000000) + 604800000000
  FROM vibration_smoothed_series
),
vibration_smoothed_rows AS (
  SELECT spine.pump_id, event_us, seen_us, value
  FROM spine
  LEFT JOIN vibration_smoothed_near
    ON vibration_smoothed_near.pump_id = spine.pump_id
    AND near_us = event_us - MOD(MOD(event_us, 604800000000) + 604800000000, 604800000000)
    AND seen_us > event_us - 604800000000
    AND seen_us <= event_us
),
vibration_smoothed_rows_2 AS (
  SELECT
    *,
    MAX(CASE WHEN value IS NOT NULL THEN seen_us END) OVER (PARTITION BY pump_id, event_us) AS newest_us
  FROM vibration_smoothed_rows
),
vibration_smoothed_rows_3 AS (
  SELECT
    *,
    CASE WHEN value IS NOT NULL THEN POWER(2.0, CAST(seen_us - newest_us AS FLOAT64) / 43200000000.0) END AS weight
  FROM vibration_smoothed_rows_2
),
vibration_smoothed_window AS (
  SELECT pump_id, event_us, SUM(value * weight) AS total, SUM(weight) AS weights
  FROM vibration_smoothed_rows_3
  GROUP BY pump_id, event_us
),
vibration_smoothed_result AS (
  SELECT pump_id, event_us, total / NULLIF(weights, 0) AS result
  FROM vibration_smoothed_window
),
vibration_smoothed AS (
  SELECT pump_id, event_us, CASE WHEN NOT (IS_INF(result) OR IS_NAN(result)) THEN result + 0.0 END AS value
  FROM vibration_smoothed_result
),
vibration_median_14d_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_median_14d_near AS (
  SELECT *, seen_us - MOD(MOD(seen_us, 1209600000000) + 1209600000000, 1209600000000) AS near_us
  FROM vibration_median_14d_series
  UNION ALL
  SELECT *, seen_us - MOD(MOD(seen_us, 1209600000000) + 1209600000000, 1209600000000) + 1209600000000
  FROM vibration_median_14d_series
),
vibration_median_14d_rows AS (
  SELECT spine.pump_id, event_us, seen_us, value
  FROM spine
  LEFT JOIN vibration_median_14d_near
    ON vibration_median_14d_near.pump_id = spine.pump_id
    AND near_us = event_us - MOD(MOD(event_us, 1209600000000) + 1209600000000, 1209600000000)
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
    MAX((n - 1) * 0.5) AS position,
    MAX(CASE WHEN place = FLOOR((n - 1) * 0.5) + 1 THEN value END) AS below,
    MAX(CASE WHEN place = FLOOR((n - 1) * 0.5) + 2 THEN value END) AS above
  FROM vibration_median_14d_rows_2
  GROUP BY pump_id, event_us
),
vibration_median_14d_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN position = FLOOR(position) THEN below ELSE below + SAFE_SUBTRACT(above, below) * (position - FLOOR(position)) END AS result
  FROM vibration_median_14d_window
),
vibration_median_14d AS (
  SELECT pump_id, event_us, CASE WHEN NOT (IS_INF(result) OR IS_NAN(result)) THEN result + 0.0 END AS value
  FROM vibration_median_14d_result
),
wear_trend_inputs AS (
  SELECT
    spine.*,
    vibration_smoothed.value AS vibration_smoothed,
    vibration_median_14d.value AS vibration_median_14d
  FROM spine
  LEFT JOIN vibration_smoothed
    ON vibration_smoothed.pump_id = spine.pump_id
    AND vibration_smoothed.event_us = spine.event_us
  LEFT JOIN vibration_median_14d
    ON vibration_median_14d.pump_id = spine.pump_id
    AND vibration_median_14d.event_us = spine.event_us
),
wear_trend AS (
  SELECT pump_id, event_us, SAFE_SUBTRACT(SAFE_DIVIDE(vibration_smoothed, vibration_median_14d), 1.0) AS value
  FROM wear_trend_inputs
)
SELECT pump_id, TIMESTAMP_MICROS(event_us) AS event_time, value AS wear_trend
FROM wear_trend;

-- vibration_smoothed 1.0: its value as of each row of `observations`
-- Vibration velocity smoothed with a half-life of twelve hours, in mm/s
-- Owner: reliability-team
-- Dialect: bigquery. Digest of the meaning: c4eb731c80c8b72119a3118e883a8dab9e283d5501a259bb4b766da713708d91
WITH spine AS (
  SELECT DISTINCT pump_id, UNIX_MICROS(event_time) AS event_us
  FROM observations
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
pump_telemetry_events AS (
  SELECT
    pump_id,
    UNIX_MICROS(event_time) AS seen_us,
    mode,
    CASE WHEN NOT (IS_INF(vibration_mm_s) OR IS_NAN(vibration_mm_s)) THEN vibration_mm_s + 0.0 END AS vibration_mm_s
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
vibration_smoothed_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_smoothed_rows AS (
  SELECT spine.pump_id, event_us, seen_us, value
  FROM spine
  LEFT JOIN vibration_smoothed_series
    ON vibration_smoothed_series.pump_id = spine.pump_id
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
)
SELECT observations.*, vibration_smoothed.value AS vibration_smoothed
FROM observations
LEFT JOIN vibration_smoothed
  ON vibration_smoothed.pump_id = observations.pump_id
  AND vibration_smoothed.event_us = UNIX_MICROS(observations.event_time);

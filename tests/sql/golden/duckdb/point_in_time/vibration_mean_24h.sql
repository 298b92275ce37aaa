-- vibration_mean_24h 1.0: its value as of each row of `observations`
-- Vibration velocity at the bearing while the pump runs, in mm/s
-- Owner: reliability-team
-- Dialect: duckdb. Digest of the meaning: 84872897c97dfca1eda000f1ae7c4df7c8115767555e7f463f6e2c7e917e4272
WITH spine AS (
  SELECT DISTINCT pump_id, epoch_us(event_time) AS event_us
  FROM observations
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
pump_telemetry_events AS (
  SELECT
    pump_id,
    epoch_us(event_time) AS seen_us,
    mode,
    CASE WHEN isfinite(vibration_mm_s) THEN vibration_mm_s + 0 END AS vibration_mm_s
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
vibration_mean_24h_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_mean_24h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM vibration_mean_24h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
vibration_mean_24h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    fsum(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS total,
    fsum(ABS(value)) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS magnitude,
    COUNT(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS n
  FROM vibration_mean_24h_points
),
vibration_mean_24h_window AS (
  SELECT pump_id, event_us, total, magnitude, n
  FROM vibration_mean_24h_frames
  WHERE is_asked
),
vibration_mean_24h_cancelled AS (
  SELECT pump_id, event_us
  FROM vibration_mean_24h_window
  WHERE NOT (magnitude IS NULL OR (isfinite(total) AND ABS(total) >= magnitude * 1e-06))
),
vibration_mean_24h_exact_window AS (
  SELECT
    vibration_mean_24h_cancelled.pump_id,
    event_us,
    COALESCE(SUM(CASE WHEN ABS(value) >= 2.5822498780869086e+120 THEN CAST(value AS BIGNUM) END), CAST(0 AS BIGNUM)) AS large,
    COALESCE(SUM(CASE WHEN ABS(value) < 2.5822498780869086e+120 AND ABS(value) >= 8.200532357869981e-143 THEN CAST(value * 5.491838128104488e+157 AS BIGNUM) END), CAST(0 AS BIGNUM)) AS middle,
    COALESCE(SUM(CASE WHEN ABS(value) < 8.200532357869981e-143 THEN CAST(value * 4.4989137945431964e+161 * 4.4989137945431964e+161 AS BIGNUM) END), CAST(0 AS BIGNUM)) AS small
  FROM vibration_mean_24h_cancelled
  LEFT JOIN vibration_mean_24h_series
    ON vibration_mean_24h_series.pump_id = vibration_mean_24h_cancelled.pump_id
    AND seen_us > event_us - 86400000000
    AND seen_us <= event_us
  GROUP BY vibration_mean_24h_cancelled.pump_id, event_us
),
vibration_mean_24h_exact AS (
  SELECT *, TRY_CAST(large AS DOUBLE) AS large_high, TRY_CAST(middle AS DOUBLE) AS middle_high
  FROM vibration_mean_24h_exact_window
),
vibration_mean_24h_exact_2 AS (
  SELECT
    *,
    large_high + middle_high * 1.8208839675781755e-158 + CAST(small AS DOUBLE) * 2.2227587494850775e-162 * 2.2227587494850775e-162 + CAST(large - CAST(large_high AS BIGNUM) AS DOUBLE) + CAST(middle - CAST(middle_high AS BIGNUM) AS DOUBLE) * 1.8208839675781755e-158 AS exact_total
  FROM vibration_mean_24h_exact
),
vibration_mean_24h_totals AS (
  SELECT vibration_mean_24h_window.*, vibration_mean_24h_exact_2.exact_total
  FROM vibration_mean_24h_window
  LEFT JOIN vibration_mean_24h_exact_2
    ON vibration_mean_24h_exact_2.pump_id = vibration_mean_24h_window.pump_id
    AND vibration_mean_24h_exact_2.event_us = vibration_mean_24h_window.event_us
),
vibration_mean_24h_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN magnitude IS NULL OR (isfinite(total) AND ABS(total) >= magnitude * 1e-06) THEN total ELSE exact_total END / NULLIF(n, 0) AS result
  FROM vibration_mean_24h_totals
),
vibration_mean_24h AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
  FROM vibration_mean_24h_result
)
SELECT observations.*, vibration_mean_24h.value AS vibration_mean_24h
FROM observations
LEFT JOIN vibration_mean_24h
  ON vibration_mean_24h.pump_id = observations.pump_id
  AND vibration_mean_24h.event_us = epoch_us(observations.event_time);

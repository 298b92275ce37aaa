-- bearing_temperature_rise_1h 1.1: its value at each instant of an event, once
-- How much warmer the bearing is than the air around it, mean of an hour of running, in kelvin
-- Owner: reliability-team
-- Dialect: duckdb. Digest of the meaning: a9d993be1c1d4158cf7875772f6701b426b39511c156110ca529e77789e84619
CREATE OR REPLACE TABLE feature_bearing_temperature_rise_1h AS
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    epoch_us(event_time) AS seen_us,
    CASE WHEN isfinite(bearing_temperature_c) THEN bearing_temperature_c + 0 END AS bearing_temperature_c,
    mode
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
pump_house_air_events AS (
  SELECT
    pump_id,
    epoch_us(measured_at) AS seen_us,
    CASE WHEN isfinite(air_temperature_c) THEN air_temperature_c + 0 END AS air_temperature_c,
    arrival_file,
    arrival_row
  FROM pump_house_air
  WHERE pump_id IS NOT NULL AND measured_at IS NOT NULL
),
air_temperature_series AS (
  SELECT pump_id, seen_us, arrival_file, arrival_row, air_temperature_c AS value
  FROM pump_house_air_events
),
air_temperature_places AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY pump_id, seen_us ORDER BY arrival_file DESC, arrival_row DESC) AS place
  FROM air_temperature_series
  WHERE value IS NOT NULL
),
air_temperature_latest AS (
  SELECT pump_id, seen_us, value
  FROM air_temperature_places
  WHERE place = 1
),
air_temperature_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM air_temperature_latest
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
air_temperature_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    LAST_VALUE(value IGNORE NULLS) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS latest
  FROM air_temperature_points
),
air_temperature_window AS (
  SELECT pump_id, event_us, latest
  FROM air_temperature_frames
  WHERE is_asked
),
air_temperature AS (
  SELECT pump_id, event_us, latest AS value
  FROM air_temperature_window
),
bearing_temperature_rise_1h_inputs AS (
  SELECT pump_telemetry_events.*, air_temperature.value AS air_temperature
  FROM pump_telemetry_events
  LEFT JOIN air_temperature
    ON air_temperature.pump_id = pump_telemetry_events.pump_id
    AND air_temperature.event_us = pump_telemetry_events.seen_us
),
bearing_temperature_rise_1h_steps AS (
  SELECT *, bearing_temperature_c - air_temperature AS step_1
  FROM bearing_temperature_rise_1h_inputs
),
bearing_temperature_rise_1h_series AS (
  SELECT pump_id, seen_us, CASE WHEN isfinite(step_1) THEN step_1 + 0 END AS value
  FROM bearing_temperature_rise_1h_steps
  WHERE mode = 'run'
),
bearing_temperature_rise_1h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM bearing_temperature_rise_1h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
bearing_temperature_rise_1h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    fsum(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS total,
    fsum(ABS(value)) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS magnitude,
    COUNT(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS n
  FROM bearing_temperature_rise_1h_points
),
bearing_temperature_rise_1h_window AS (
  SELECT pump_id, event_us, total, magnitude, n
  FROM bearing_temperature_rise_1h_frames
  WHERE is_asked
),
bearing_temperature_rise_1h_cancelled AS (
  SELECT pump_id, event_us
  FROM bearing_temperature_rise_1h_window
  WHERE NOT (magnitude IS NULL OR (isfinite(total) AND ABS(total) >= magnitude * 1e-06))
),
bearing_temperature_rise_1h_exact_window AS (
  SELECT
    bearing_temperature_rise_1h_cancelled.pump_id,
    event_us,
    COALESCE(SUM(CASE WHEN ABS(value) >= 2.5822498780869086e+120 THEN CAST(value AS BIGNUM) END), CAST(0 AS BIGNUM)) AS large,
    COALESCE(SUM(CASE WHEN ABS(value) < 2.5822498780869086e+120 AND ABS(value) >= 8.200532357869981e-143 THEN CAST(value * 5.491838128104488e+157 AS BIGNUM) END), CAST(0 AS BIGNUM)) AS middle,
    COALESCE(SUM(CASE WHEN ABS(value) < 8.200532357869981e-143 THEN CAST(value * 4.4989137945431964e+161 * 4.4989137945431964e+161 AS BIGNUM) END), CAST(0 AS BIGNUM)) AS small
  FROM bearing_temperature_rise_1h_cancelled
  LEFT JOIN bearing_temperature_rise_1h_series
    ON bearing_temperature_rise_1h_series.pump_id = bearing_temperature_rise_1h_cancelled.pump_id
    AND seen_us > event_us - 3600000000
    AND seen_us <= event_us
  GROUP BY bearing_temperature_rise_1h_cancelled.pump_id, event_us
),
bearing_temperature_rise_1h_exact AS (
  SELECT *, TRY_CAST(large AS DOUBLE) AS large_high, TRY_CAST(middle AS DOUBLE) AS middle_high
  FROM bearing_temperature_rise_1h_exact_window
),
bearing_temperature_rise_1h_exact_2 AS (
  SELECT
    *,
    large_high + middle_high * 1.8208839675781755e-158 + CAST(small AS DOUBLE) * 2.2227587494850775e-162 * 2.2227587494850775e-162 + CAST(large - CAST(large_high AS BIGNUM) AS DOUBLE) + CAST(middle - CAST(middle_high AS BIGNUM) AS DOUBLE) * 1.8208839675781755e-158 AS exact_total
  FROM bearing_temperature_rise_1h_exact
),
bearing_temperature_rise_1h_totals AS (
  SELECT bearing_temperature_rise_1h_window.*, bearing_temperature_rise_1h_exact_2.exact_total
  FROM bearing_temperature_rise_1h_window
  LEFT JOIN bearing_temperature_rise_1h_exact_2
    ON bearing_temperature_rise_1h_exact_2.pump_id = bearing_temperature_rise_1h_window.pump_id
    AND bearing_temperature_rise_1h_exact_2.event_us = bearing_temperature_rise_1h_window.event_us
),
bearing_temperature_rise_1h_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN magnitude IS NULL OR (isfinite(total) AND ABS(total) >= magnitude * 1e-06) THEN total ELSE exact_total END / NULLIF(n, 0) AS result
  FROM bearing_temperature_rise_1h_totals
),
bearing_temperature_rise_1h AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
  FROM bearing_temperature_rise_1h_result
)
SELECT pump_id, make_timestamp(event_us) AS event_time, value AS bearing_temperature_rise_1h
FROM bearing_temperature_rise_1h;

-- temperature_follows_load_24h 1.0: its value at each instant of an event, once
-- Correlation of bearing temperature and power while running, over 24 hours
-- Owner: reliability-team
-- Dialect: duckdb. Digest of the meaning: 4f4f5aea2686b99164136a1906b60830d08aaf9e6d5d785381d4f8148907f876
CREATE OR REPLACE TABLE feature_temperature_follows_load_24h AS
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    epoch_us(event_time) AS seen_us,
    CASE WHEN isfinite(bearing_temperature_c) THEN bearing_temperature_c + 0 END AS bearing_temperature_c,
    CASE WHEN isfinite(input_power_kw) THEN input_power_kw + 0 END AS input_power_kw,
    mode
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
temperature_follows_load_24h_series AS (
  SELECT
    pump_id,
    seen_us,
    CASE WHEN input_power_kw IS NOT NULL THEN bearing_temperature_c END AS value,
    CASE WHEN bearing_temperature_c IS NOT NULL THEN input_power_kw END AS value_2
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
temperature_follows_load_24h_rows AS (
  SELECT spine.pump_id, event_us, seen_us, value, value_2
  FROM spine
  LEFT JOIN temperature_follows_load_24h_series
    ON temperature_follows_load_24h_series.pump_id = spine.pump_id
    AND seen_us > event_us - 86400000000
    AND seen_us <= event_us
),
temperature_follows_load_24h_rows_2 AS (
  SELECT
    *,
    MIN(value) OVER (PARTITION BY pump_id, event_us) AS low,
    MAX(value) OVER (PARTITION BY pump_id, event_us) AS high,
    MIN(value_2) OVER (PARTITION BY pump_id, event_us) AS low_2,
    MAX(value_2) OVER (PARTITION BY pump_id, event_us) AS high_2
  FROM temperature_follows_load_24h_rows
),
temperature_follows_load_24h_rows_3 AS (
  SELECT
    *,
    CASE WHEN high * 0.5e0 - low * 0.5e0 > 8.988465674311579e+307 THEN (value * 0.5e0 - low * 0.5e0) / (high * 0.5e0 - low * 0.5e0) ELSE (value - low) / NULLIF((high - low), 0) END AS unit,
    AVG(CASE WHEN high * 0.5e0 - low * 0.5e0 > 8.988465674311579e+307 THEN (value * 0.5e0 - low * 0.5e0) / (high * 0.5e0 - low * 0.5e0) ELSE (value - low) / NULLIF((high - low), 0) END) OVER (PARTITION BY pump_id, event_us) AS center,
    CASE WHEN high_2 * 0.5e0 - low_2 * 0.5e0 > 8.988465674311579e+307 THEN (value_2 * 0.5e0 - low_2 * 0.5e0) / (high_2 * 0.5e0 - low_2 * 0.5e0) ELSE (value_2 - low_2) / NULLIF((high_2 - low_2), 0) END AS unit_2,
    AVG(CASE WHEN high_2 * 0.5e0 - low_2 * 0.5e0 > 8.988465674311579e+307 THEN (value_2 * 0.5e0 - low_2 * 0.5e0) / (high_2 * 0.5e0 - low_2 * 0.5e0) ELSE (value_2 - low_2) / NULLIF((high_2 - low_2), 0) END) OVER (PARTITION BY pump_id, event_us) AS center_2
  FROM temperature_follows_load_24h_rows_2
),
temperature_follows_load_24h_window AS (
  SELECT
    pump_id,
    event_us,
    MAX(low) AS low,
    MAX(high) AS high,
    MAX(low_2) AS low_2,
    MAX(high_2) AS high_2,
    COUNT(value) AS n,
    fsum((unit - center)) AS sum_x,
    fsum((unit_2 - center_2)) AS sum_y,
    fsum((unit - center) * (unit_2 - center_2)) AS sum_xy,
    fsum((unit - center) * (unit - center)) AS sum_xx,
    fsum((unit_2 - center_2) * (unit_2 - center_2)) AS sum_yy
  FROM temperature_follows_load_24h_rows_3
  GROUP BY pump_id, event_us
),
temperature_follows_load_24h_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN n < 2 OR low = high OR low_2 = high_2 THEN NULL ELSE GREATEST(-1, LEAST(1, (sum_xy - sum_x * sum_y / n) / NULLIF(SQRT(sum_xx - sum_x * sum_x / n) * SQRT(sum_yy - sum_y * sum_y / n), 0))) END AS result
  FROM temperature_follows_load_24h_window
),
temperature_follows_load_24h AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
  FROM temperature_follows_load_24h_result
)
SELECT pump_id, make_timestamp(event_us) AS event_time, value AS temperature_follows_load_24h
FROM temperature_follows_load_24h;

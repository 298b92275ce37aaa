-- discharge_pressure_p05_24h 1.0: its value at each instant of an event, once
-- Pressure that was undercut for only five percent of the running readings of 24 hours, in bar
-- Owner: operations-team
-- Dialect: duckdb. Digest of the meaning: b1a6ef4f0398d291910001d4f391c3d31ac1c5182576a1b78e2d07a9c78688df
CREATE OR REPLACE TABLE feature_discharge_pressure_p05_24h AS
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    epoch_us(event_time) AS seen_us,
    CASE WHEN isfinite(discharge_pressure_bar) THEN discharge_pressure_bar + 0 END AS discharge_pressure_bar,
    mode
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
discharge_pressure_p05_24h_series AS (
  SELECT pump_id, seen_us, discharge_pressure_bar AS value
  FROM pump_telemetry_events
  WHERE (mode = 'run') AND (discharge_pressure_bar > 0.0e0)
),
discharge_pressure_p05_24h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM discharge_pressure_p05_24h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
discharge_pressure_p05_24h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    quantile_cont(value, 0.05e0) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS quantile
  FROM discharge_pressure_p05_24h_points
),
discharge_pressure_p05_24h_window AS (
  SELECT pump_id, event_us, quantile
  FROM discharge_pressure_p05_24h_frames
  WHERE is_asked
),
discharge_pressure_p05_24h_result AS (
  SELECT pump_id, event_us, quantile AS result
  FROM discharge_pressure_p05_24h_window
),
discharge_pressure_p05_24h AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
  FROM discharge_pressure_p05_24h_result
)
SELECT pump_id, make_timestamp(event_us) AS event_time, value AS discharge_pressure_p05_24h
FROM discharge_pressure_p05_24h;

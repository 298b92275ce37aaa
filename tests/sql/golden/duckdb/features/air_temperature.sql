-- air_temperature 1.0: its value at each instant of an event, once
-- Latest air temperature in the pump house, in degrees Celsius
-- Owner: reliability-team
-- Dialect: duckdb. Digest of the meaning: 704f5f54e0b5c1d5ef0d3ff5eda7e81b0b95078a772a36688f13bc2ba344e6ca
CREATE OR REPLACE TABLE feature_air_temperature AS
WITH pump_house_air_events AS (
  SELECT
    pump_id,
    epoch_us(measured_at) AS seen_us,
    CASE WHEN isfinite(air_temperature_c) THEN air_temperature_c + 0 END AS air_temperature_c,
    arrival_file,
    arrival_row
  FROM pump_house_air
  WHERE pump_id IS NOT NULL AND measured_at IS NOT NULL
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_house_air_events
),
air_temperature_series AS (
  SELECT pump_id, seen_us, arrival_file, arrival_row, air_temperature_c AS value
  FROM pump_house_air_events
),
air_temperature_rows AS (
  SELECT spine.pump_id, event_us, seen_us, arrival_file, arrival_row, value
  FROM spine
  LEFT JOIN air_temperature_series
    ON air_temperature_series.pump_id = spine.pump_id
    AND seen_us <= event_us
),
air_temperature_rows_2 AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY pump_id, event_us ORDER BY value IS NULL, seen_us DESC, arrival_file DESC, arrival_row DESC) AS newest
  FROM air_temperature_rows
),
air_temperature_window AS (
  SELECT pump_id, event_us, MAX(CASE WHEN newest = 1 THEN value END) AS latest
  FROM air_temperature_rows_2
  GROUP BY pump_id, event_us
),
air_temperature AS (
  SELECT pump_id, event_us, latest AS value
  FROM air_temperature_window
)
SELECT pump_id, make_timestamp(event_us) AS event_time, value AS air_temperature
FROM air_temperature;

-- air_temperature 1.0: its value at each instant of an event, once
-- Latest air temperature in the pump house, in degrees Celsius
-- Owner: reliability-team
-- Dialect: snowflake. Digest of the meaning: 704f5f54e0b5c1d5ef0d3ff5eda7e81b0b95078a772a36688f13bc2ba344e6ca
CREATE OR REPLACE TABLE feature_air_temperature AS
WITH pump_house_air_events AS (
  SELECT
    pump_id,
    DATE_PART(EPOCH_MICROSECOND, measured_at) AS seen_us,
    CASE WHEN air_temperature_c BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN air_temperature_c + 0 END AS air_temperature_c,
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
)
SELECT pump_id, TO_TIMESTAMP_NTZ(event_us, 6) AS event_time, value AS air_temperature
FROM air_temperature;

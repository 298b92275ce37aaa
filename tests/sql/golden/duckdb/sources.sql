-- The sources' files as views; run it in the folder that their paths are relative to.

-- RFC 3339 text. A time between two microseconds is rounded up, so that no event is seen before it happened; nanoseconds
-- do not order events within a microsecond here.
CREATE OR REPLACE MACRO utc_instant_of_text(x) AS
  CASE
    WHEN regexp_matches(x, ':.*[Z+-]') THEN make_timestamp(epoch_us(CAST(x AS TIMESTAMPTZ)))
    ELSE CAST(x AS TIMESTAMP)
  END
  + to_microseconds(CASE WHEN regexp_matches(x, '\.\d{6}\d*[1-9]') THEN 1 ELSE 0 END);

-- A time of any type, or RFC 3339 text, as a TIMESTAMP in UTC whatever the session's zone; without an offset it is UTC.
CREATE OR REPLACE MACRO utc_instant(x) AS CASE
  WHEN typeof(x) LIKE '%TZ_NS' THEN utc_instant_of_text(CAST(x AS VARCHAR))
  WHEN typeof(x) LIKE '%_NS'
    THEN make_timestamp((epoch_ns(CAST(x AS TIMESTAMP_NS))
      + (-epoch_ns(CAST(x AS TIMESTAMP_NS)) % 1000 + 1000) % 1000) // 1000)
  WHEN typeof(x) LIKE '%TIME ZONE' THEN make_timestamp(epoch_us(CAST(x AS TIMESTAMPTZ)))
  WHEN typeof(x) <> 'VARCHAR' THEN CAST(x AS TIMESTAMP)
  WHEN NOT regexp_full_match(trim(CAST(x AS VARCHAR)),
    '\d{4}-\d\d-\d\d([Tt ]([01]\d|2[0-3]):\d\d(:\d\d(\.\d+)?)?( ?([Zz]|UTC|[+-]\d\d(:?\d\d)?))?)?')
    THEN error('not a timestamp: ' || CAST(x AS VARCHAR))
  ELSE utc_instant_of_text(
    regexp_replace(regexp_replace(upper(trim(CAST(x AS VARCHAR))), ' ?UTC$', 'Z'), ' ([Z+-][^ ]*)$', '\1'))
END;

-- A number that counts so many microseconds each, also with a fraction, as a TIMESTAMP in UTC.
CREATE OR REPLACE MACRO utc_epoch(x, micros) AS make_timestamp(
  CAST(ceil(CAST(CAST(x AS VARCHAR) AS DECIMAL(32, 9)) * micros) AS BIGINT));

-- An int64: text of digits, or a number that is whole. Nothing is rounded: text that is none is null.
CREATE OR REPLACE MACRO whole_integer(x) AS CASE
  WHEN typeof(x) IN ('VARCHAR', 'JSON') THEN CASE
    WHEN regexp_full_match(trim(CAST(x AS VARCHAR)), '[+-]?\d+') THEN TRY_CAST(trim(CAST(x AS VARCHAR)) AS BIGINT)
  END
  WHEN CAST(TRY_CAST(x AS BIGINT) AS DOUBLE) = TRY_CAST(x AS DOUBLE) THEN TRY_CAST(x AS BIGINT)
  WHEN x IS NOT NULL THEN error('not an int64: ' || CAST(x AS VARCHAR))
END;

-- The same of a key, a time or an arrival, which each row needs.
CREATE OR REPLACE MACRO needed_integer(x) AS CASE
  WHEN x IS NOT NULL AND whole_integer(x) IS NULL THEN error('not an int64: ' || CAST(x AS VARCHAR))
  ELSE whole_integer(x)
END;

-- A double of text in plain decimals, also nan and inf; else null.
CREATE OR REPLACE MACRO plain_double(x) AS CASE
  WHEN regexp_full_match(lower(trim(x)), '[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|inf|infinity)')
    THEN TRY_CAST(trim(x) AS DOUBLE)
END;

-- true or false in any case; else null.
CREATE OR REPLACE MACRO plain_bool(x) AS CASE lower(trim(x)) WHEN 'true' THEN true WHEN 'false' THEN false END;

-- The same with a comma as decimal mark.
CREATE OR REPLACE MACRO comma_double(x) AS CASE
  WHEN NOT contains(x, '.') THEN plain_double(replace(x, ',', '.'))
END;

-- A number with a comma as one with a point.
CREATE OR REPLACE MACRO with_point(x) AS CASE
  WHEN contains(x, '.') THEN error('its decimal mark is a point: ' || x)
  ELSE replace(x, ',', '.')
END;

-- What the folder of a file, or a table's log, says of it.
CREATE OR REPLACE MACRO folder_value(folders, file) AS CASE
  WHEN map_contains(folders, file) THEN map_extract_value(folders, file)
  ELSE error('the folder of this file is not known, generate the SQL again: ' || file)
END;

-- A text outside the files, which must be a value.
CREATE OR REPLACE MACRO certain(x, y) AS CASE
  WHEN x IS NOT NULL AND y IS NULL THEN error('cannot be read: ' || x)
  ELSE y
END;

CREATE OR REPLACE VIEW pump_telemetry AS
SELECT
  CAST(pump_id AS VARCHAR) AS pump_id,
  utc_instant(event_time) AS event_time,
  CAST(output_flow_rate AS DOUBLE) AS output_flow_rate,
  CAST(input_power_kw AS DOUBLE) AS input_power_kw,
  CAST(discharge_pressure_bar AS DOUBLE) AS discharge_pressure_bar,
  CAST(vibration_mm_s AS DOUBLE) AS vibration_mm_s,
  CAST(bearing_temperature_c AS DOUBLE) AS bearing_temperature_c,
  CAST(mode AS VARCHAR) AS mode,
  filename AS arrival_file,
  file_row_number AS arrival_row
FROM read_parquet('data/telemetry/**/*.parquet', filename = true, file_row_number = true, hive_partitioning = false,
    union_by_name = true);

CREATE OR REPLACE VIEW maintenance_log AS
SELECT
  CAST(pump_id AS VARCHAR) AS pump_id,
  utc_instant(nullif(done_at, '')) AS done_at,
  CAST(action AS VARCHAR) AS action,
  plain_double(nullif(cost_eur, '')) AS cost_eur,
  job_id,
  filename AS arrival_file,
  row_number() OVER () AS arrival_row
FROM read_csv('data/maintenance.csv', delim = ',', quote = '"', escape = '"', header = true, skip = 0,
    comment = '', all_varchar = true, nullstr = '', allow_quoted_nulls = false, union_by_name = true,
    filename = true, hive_partitioning = false);

CREATE OR REPLACE VIEW pump_house_air AS
SELECT
  CAST(pump_id AS VARCHAR) AS pump_id,
  utc_instant(measured_at) AS measured_at,
  CAST(air_temperature_c AS DOUBLE) AS air_temperature_c,
  filename AS arrival_file,
  row_number() OVER () AS arrival_row
FROM read_json('data/air/**/*.ndjson*', format = 'newline_delimited', filename = true, hive_partitioning = false,
    columns = {'pump_id': 'VARCHAR', 'measured_at': 'VARCHAR', 'air_temperature_c': 'DOUBLE'});

-- mode_before 1.0: its values at the instants of some days, in place of those there
-- Mode of the reading before this one, if there was one within half an hour
-- Owner: operations-team
-- Dialect: duckdb. Digest of the meaning: aa13afb704c33f437ccd744db5c593231cf5703f07aa5685c049cd2219e50f97
-- Takes SET VARIABLE headrace_start = TIMESTAMP '2024-03-01' and SET VARIABLE headrace_end = TIMESTAMP '2024-03-02'.
-- Reads pump_telemetry from headrace_start less 30m on: 12 bytes a row and the bytes of the texts pump_id, mode.
SELECT CASE WHEN CAST(getvariable('headrace_start') AS TIMESTAMP) < CAST(getvariable('headrace_end') AS TIMESTAMP) THEN TRUE ELSE error('Give the statement SET VARIABLE headrace_start = TIMESTAMP ''2024-03-01'' and SET VARIABLE headrace_end = TIMESTAMP ''2024-03-02'', start before end') END AS is_in_order;
CREATE TABLE IF NOT EXISTS headrace_daily_tables (table_name VARCHAR, meaning VARCHAR);
CREATE TABLE IF NOT EXISTS daily_feature_mode_before (
  pump_id VARCHAR,
  event_time TIMESTAMP,
  mode_before VARCHAR
);
DELETE FROM headrace_daily_tables WHERE table_name = 'daily_feature_mode_before' AND (SELECT COUNT(*) FROM daily_feature_mode_before) = 0;
INSERT INTO headrace_daily_tables (table_name, meaning)
SELECT 'daily_feature_mode_before', 'aa13afb704c33f437ccd744db5c593231cf5703f07aa5685c049cd2219e50f97'
FROM (SELECT COUNT(*) AS num_rows FROM daily_feature_mode_before) AS counted
WHERE num_rows = 0;
SELECT CASE WHEN COUNT(*) = 1 THEN TRUE ELSE error('daily_feature_mode_before has rows of another meaning than aa13afb704c3: drop it and compute its days again') END AS has_the_meaning
FROM headrace_daily_tables
WHERE table_name = 'daily_feature_mode_before' AND meaning = 'aa13afb704c33f437ccd744db5c593231cf5703f07aa5685c049cd2219e50f97';
MERGE INTO daily_feature_mode_before AS kept_rows
USING (
WITH pump_telemetry_events AS (
  SELECT pump_id, epoch_us(event_time) AS seen_us, mode, arrival_file, arrival_row
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL AND event_time >= CAST(getvariable('headrace_start') AS TIMESTAMP) - to_microseconds(1800000000) AND event_time < CAST(getvariable('headrace_end') AS TIMESTAMP)
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
  WHERE seen_us >= epoch_us(CAST(getvariable('headrace_start') AS TIMESTAMP)) AND seen_us < epoch_us(CAST(getvariable('headrace_end') AS TIMESTAMP))
),
mode_before_series AS (
  SELECT pump_id, seen_us, arrival_file, arrival_row, mode AS value
  FROM pump_telemetry_events
),
mode_before_events AS (
  SELECT
    *,
    CASE WHEN ROW_NUMBER() OVER (PARTITION BY pump_id, seen_us ORDER BY value IS NULL, arrival_file DESC, arrival_row DESC) = 1 THEN value END AS closing
  FROM mode_before_series
),
mode_before_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, closing, FALSE AS is_asked
  FROM mode_before_events
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
mode_before_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    LAST_VALUE(closing IGNORE NULLS) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 1800000000 PRECEDING AND 1 PRECEDING) AS latest
  FROM mode_before_points
),
mode_before_window AS (
  SELECT pump_id, event_us, latest
  FROM mode_before_frames
  WHERE is_asked
),
mode_before AS (
  SELECT pump_id, event_us, COALESCE(latest, 'unknown') AS value
  FROM mode_before_window
)
SELECT pump_id, make_timestamp(event_us) AS event_time, value AS mode_before
FROM mode_before
) AS made_rows
ON FALSE
WHEN NOT MATCHED BY SOURCE AND kept_rows.event_time >= CAST(getvariable('headrace_start') AS TIMESTAMP) AND kept_rows.event_time < CAST(getvariable('headrace_end') AS TIMESTAMP) THEN DELETE
WHEN NOT MATCHED THEN INSERT (pump_id, event_time, mode_before)
  VALUES (made_rows.pump_id, made_rows.event_time, made_rows.mode_before);

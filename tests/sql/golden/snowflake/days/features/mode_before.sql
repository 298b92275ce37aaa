-- mode_before 1.0: its values at the instants of some days, in place of those there
-- Mode of the reading before this one, if there was one within half an hour
-- Owner: operations-team
-- Dialect: snowflake. Digest of the meaning: aa13afb704c33f437ccd744db5c593231cf5703f07aa5685c049cd2219e50f97
-- Takes SET headrace_start = '2024-03-01' and SET headrace_end = '2024-03-02'.
-- Reads pump_telemetry from $headrace_start less 30m on: 12 bytes a row and the bytes of the texts pump_id, mode.
SELECT CASE WHEN $headrace_start::TIMESTAMP_NTZ(6) < $headrace_end::TIMESTAMP_NTZ(6) THEN TRUE ELSE CAST('Give the statement SET headrace_start = ''2024-03-01'' and SET headrace_end = ''2024-03-02'', start before end' || COALESCE(CAST($headrace_start::TIMESTAMP_NTZ(6) AS VARCHAR), '') AS BOOLEAN) END AS is_in_order;
CREATE TABLE IF NOT EXISTS headrace_daily_tables (table_name VARCHAR, meaning VARCHAR);
CREATE TABLE IF NOT EXISTS daily_feature_mode_before (
  pump_id VARCHAR,
  event_time TIMESTAMP_NTZ(6),
  mode_before VARCHAR
)
CLUSTER BY (TO_DATE(event_time), pump_id);
DELETE FROM headrace_daily_tables WHERE table_name = 'daily_feature_mode_before' AND (SELECT COUNT(*) FROM daily_feature_mode_before) = 0;
INSERT INTO headrace_daily_tables (table_name, meaning)
SELECT 'daily_feature_mode_before', 'aa13afb704c33f437ccd744db5c593231cf5703f07aa5685c049cd2219e50f97'
FROM (SELECT COUNT(*) AS num_rows FROM daily_feature_mode_before) AS counted
WHERE num_rows = 0;
SELECT CASE WHEN COUNT(*) = 1 THEN TRUE ELSE CAST('daily_feature_mode_before has rows of another meaning than aa13afb704c3: drop it and compute its days again' || COALESCE(CAST(COUNT(*) AS VARCHAR), '') AS BOOLEAN) END AS has_the_meaning
FROM headrace_daily_tables
WHERE table_name = 'daily_feature_mode_before' AND meaning = 'aa13afb704c33f437ccd744db5c593231cf5703f07aa5685c049cd2219e50f97';
MERGE INTO daily_feature_mode_before AS kept_rows
USING (
WITH pump_telemetry_events AS (
  SELECT pump_id, DATE_PART(EPOCH_MICROSECOND, event_time) AS seen_us, mode, arrival_file, arrival_row
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL AND event_time >= DATEADD(MICROSECOND, -1800000000, $headrace_start::TIMESTAMP_NTZ(6)) AND event_time < $headrace_end::TIMESTAMP_NTZ(6)
),
spine AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
  WHERE seen_us >= DATE_PART(EPOCH_MICROSECOND, $headrace_start::TIMESTAMP_NTZ(6)) AND seen_us < DATE_PART(EPOCH_MICROSECOND, $headrace_end::TIMESTAMP_NTZ(6))
),
mode_before_series AS (
  SELECT pump_id, seen_us, arrival_file, arrival_row, mode AS value
  FROM pump_telemetry_events
),
mode_before_near AS (
  SELECT *, seen_us - MOD(MOD(seen_us, 1800000000) + 1800000000, 1800000000) AS near_us
  FROM mode_before_series
  UNION ALL
  SELECT *, seen_us - MOD(MOD(seen_us, 1800000000) + 1800000000, 1800000000) + 1800000000
  FROM mode_before_series
),
mode_before_rows AS (
  SELECT spine.pump_id, event_us, seen_us, arrival_file, arrival_row, value
  FROM spine
  LEFT JOIN mode_before_near
    ON mode_before_near.pump_id = spine.pump_id
    AND near_us = event_us - MOD(MOD(event_us, 1800000000) + 1800000000, 1800000000)
    AND seen_us >= event_us - 1800000000
    AND seen_us < event_us
),
mode_before_rows_2 AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY pump_id, event_us ORDER BY value IS NULL, seen_us DESC, arrival_file DESC, arrival_row DESC) AS newest
  FROM mode_before_rows
),
mode_before_window AS (
  SELECT pump_id, event_us, MAX(CASE WHEN newest = 1 THEN value END) AS latest
  FROM mode_before_rows_2
  GROUP BY pump_id, event_us
),
mode_before AS (
  SELECT pump_id, event_us, COALESCE(latest, 'unknown') AS value
  FROM mode_before_window
)
SELECT pump_id, TO_TIMESTAMP_NTZ(event_us, 6) AS event_time, value AS mode_before, FALSE AS is_kept
FROM mode_before
UNION ALL
SELECT pump_id, event_time, NULL, TRUE
FROM daily_feature_mode_before
WHERE event_time >= $headrace_start::TIMESTAMP_NTZ(6) AND event_time < $headrace_end::TIMESTAMP_NTZ(6)
) AS made_rows
ON made_rows.is_kept AND kept_rows.pump_id = made_rows.pump_id AND kept_rows.event_time = made_rows.event_time AND kept_rows.event_time >= $headrace_start::TIMESTAMP_NTZ(6) AND kept_rows.event_time < $headrace_end::TIMESTAMP_NTZ(6)
WHEN MATCHED THEN DELETE
WHEN NOT MATCHED THEN INSERT (pump_id, event_time, mode_before)
  VALUES (made_rows.pump_id, made_rows.event_time, made_rows.mode_before);

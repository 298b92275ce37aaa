-- All features of `pump`: a row for each instant of an event of a source that drives one of them.
-- Dialect: bigquery.
CREATE OR REPLACE TABLE features_of_pump AS
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    UNIX_MICROS(event_time) AS seen_us,
    CASE WHEN NOT (IS_INF(bearing_temperature_c) OR IS_NAN(bearing_temperature_c)) THEN bearing_temperature_c + 0.0 END AS bearing_temperature_c,
    CASE WHEN NOT (IS_INF(discharge_pressure_bar) OR IS_NAN(discharge_pressure_bar)) THEN discharge_pressure_bar + 0.0 END AS discharge_pressure_bar,
    CASE WHEN NOT (IS_INF(input_power_kw) OR IS_NAN(input_power_kw)) THEN input_power_kw + 0.0 END AS input_power_kw,
    mode,
    CASE WHEN NOT (IS_INF(output_flow_rate) OR IS_NAN(output_flow_rate)) THEN output_flow_rate + 0.0 END AS output_flow_rate,
    CASE WHEN NOT (IS_INF(vibration_mm_s) OR IS_NAN(vibration_mm_s)) THEN vibration_mm_s + 0.0 END AS vibration_mm_s
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
maintenance_log_events AS (
  SELECT
    pump_id,
    UNIX_MICROS(done_at) AS seen_us,
    action,
    CASE WHEN NOT (IS_INF(cost_eur) OR IS_NAN(cost_eur)) THEN cost_eur + 0.0 END AS cost_eur
  FROM maintenance_log
  WHERE pump_id IS NOT NULL AND done_at IS NOT NULL
),
spine AS (
  SELECT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
  UNION DISTINCT
  SELECT pump_id, seen_us AS event_us
  FROM maintenance_log_events
),
pump_efficiency_rolling_24h_steps AS (
  SELECT *, SAFE_DIVIDE(output_flow_rate, input_power_kw) AS step_1
  FROM pump_telemetry_events
),
pump_efficiency_rolling_24h_series AS (
  SELECT pump_id, seen_us, CASE WHEN NOT (IS_INF(step_1) OR IS_NAN(step_1)) THEN step_1 + 0.0 END AS value
  FROM pump_efficiency_rolling_24h_steps
),
pump_efficiency_rolling_24h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM pump_efficiency_rolling_24h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
pump_efficiency_rolling_24h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    SUM(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS total,
    COUNT(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS n
  FROM pump_efficiency_rolling_24h_points
),
pump_efficiency_rolling_24h_window AS (
  SELECT pump_id, event_us, total, n
  FROM pump_efficiency_rolling_24h_frames
  WHERE is_asked
),
pump_efficiency_rolling_24h_result AS (
  SELECT pump_id, event_us, total / NULLIF(n, 0) AS result
  FROM pump_efficiency_rolling_24h_window
),
pump_efficiency_rolling_24h AS (
  SELECT pump_id, event_us, CASE WHEN NOT (IS_INF(result) OR IS_NAN(result)) THEN result + 0.0 END AS value
  FROM pump_efficiency_rolling_24h_result
),
pump_efficiency_baseline_steps AS (
  SELECT *, SAFE_DIVIDE(output_flow_rate, input_power_kw) AS step_1
  FROM pump_telemetry_events
),
pump_efficiency_baseline_series AS (
  SELECT pump_id, seen_us, CASE WHEN NOT (IS_INF(step_1) OR IS_NAN(step_1)) THEN step_1 + 0.0 END AS value
  FROM pump_efficiency_baseline_steps
),
pump_efficiency_baseline_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM pump_efficiency_baseline_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
pump_efficiency_baseline_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    SUM(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 691199999999 PRECEDING AND 86400000000 PRECEDING) AS total,
    COUNT(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 691199999999 PRECEDING AND 86400000000 PRECEDING) AS n
  FROM pump_efficiency_baseline_points
),
pump_efficiency_baseline_window AS (
  SELECT pump_id, event_us, total, n
  FROM pump_efficiency_baseline_frames
  WHERE is_asked
),
pump_efficiency_baseline_result AS (
  SELECT pump_id, event_us, total / NULLIF(n, 0) AS result
  FROM pump_efficiency_baseline_window
),
pump_efficiency_baseline AS (
  SELECT pump_id, event_us, CASE WHEN NOT (IS_INF(result) OR IS_NAN(result)) THEN result + 0.0 END AS value
  FROM pump_efficiency_baseline_result
),
pump_efficiency_change_inputs AS (
  SELECT
    spine.*,
    pump_efficiency_rolling_24h.value AS pump_efficiency_rolling_24h,
    pump_efficiency_baseline.value AS pump_efficiency_baseline
  FROM spine
  LEFT JOIN pump_efficiency_rolling_24h
    ON pump_efficiency_rolling_24h.pump_id = spine.pump_id
    AND pump_efficiency_rolling_24h.event_us = spine.event_us
  LEFT JOIN pump_efficiency_baseline
    ON pump_efficiency_baseline.pump_id = spine.pump_id
    AND pump_efficiency_baseline.event_us = spine.event_us
),
pump_efficiency_change AS (
  SELECT
    pump_id,
    event_us,
    SAFE_SUBTRACT(SAFE_DIVIDE(pump_efficiency_rolling_24h, pump_efficiency_baseline), 1.0) AS value
  FROM pump_efficiency_change_inputs
),
last_overhaul_at_series AS (
  SELECT pump_id, seen_us, seen_us AS value
  FROM maintenance_log_events
  WHERE action = 'overhaul'
),
last_overhaul_at_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM last_overhaul_at_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
last_overhaul_at_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    LAST_VALUE(value IGNORE NULLS) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS latest
  FROM last_overhaul_at_points
),
last_overhaul_at_window AS (
  SELECT pump_id, event_us, latest
  FROM last_overhaul_at_frames
  WHERE is_asked
),
last_overhaul_at AS (
  SELECT pump_id, event_us, latest AS value
  FROM last_overhaul_at_window
),
days_since_overhaul_inputs AS (
  SELECT spine.*, last_overhaul_at.value AS last_overhaul_at
  FROM spine
  LEFT JOIN last_overhaul_at
    ON last_overhaul_at.pump_id = spine.pump_id
    AND last_overhaul_at.event_us = spine.event_us
),
days_since_overhaul_steps AS (
  SELECT
    *,
    SAFE_DIVIDE(CAST(SAFE_SUBTRACT(event_us, last_overhaul_at) AS FLOAT64) / 1000000.0, 86400.0) AS step_1
  FROM days_since_overhaul_inputs
),
days_since_overhaul AS (
  SELECT pump_id, event_us, CASE WHEN NOT (IS_INF(step_1) OR IS_NAN(step_1)) THEN step_1 + 0.0 END AS value
  FROM days_since_overhaul_steps
),
overhauls_total_series AS (
  SELECT pump_id, seen_us
  FROM maintenance_log_events
  WHERE action = 'overhaul'
),
overhauls_total_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, FALSE AS is_asked
  FROM overhauls_total_series
  UNION ALL
  SELECT pump_id, event_us, NULL, TRUE
  FROM spine
),
overhauls_total_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    COUNT(seen_us) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS n
  FROM overhauls_total_points
),
overhauls_total_window AS (
  SELECT pump_id, event_us, n
  FROM overhauls_total_frames
  WHERE is_asked
),
overhauls_total AS (
  SELECT pump_id, event_us, n AS value
  FROM overhauls_total_window
),
maintenance_cost_30d_series AS (
  SELECT pump_id, seen_us, cost_eur AS value
  FROM maintenance_log_events
),
maintenance_cost_30d_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM maintenance_cost_30d_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
maintenance_cost_30d_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    SUM(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 2591999999999 PRECEDING AND CURRENT ROW) AS total
  FROM maintenance_cost_30d_points
),
maintenance_cost_30d_window AS (
  SELECT pump_id, event_us, total
  FROM maintenance_cost_30d_frames
  WHERE is_asked
),
maintenance_cost_30d_result AS (
  SELECT pump_id, event_us, total AS result
  FROM maintenance_cost_30d_window
),
maintenance_cost_30d AS (
  SELECT
    pump_id,
    event_us,
    COALESCE(CASE WHEN NOT (IS_INF(result) OR IS_NAN(result)) THEN result + 0.0 END, 0.0) AS value
  FROM maintenance_cost_30d_result
),
run_began_at_series AS (
  SELECT pump_id, seen_us, seen_us AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
run_began_at_starts AS (
  SELECT
    *,
    CASE WHEN seen_us - LAG(seen_us) OVER (PARTITION BY pump_id ORDER BY seen_us) <= 600000000 THEN 0 ELSE 1 END AS is_start
  FROM run_began_at_series
),
run_began_at_numbered AS (
  SELECT
    *,
    SUM(is_start) OVER (PARTITION BY pump_id ORDER BY seen_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS session
  FROM run_began_at_starts
),
run_began_at_sessions AS (
  SELECT *, MAX(seen_us) OVER (PARTITION BY pump_id, session) AS session_end_us
  FROM run_began_at_numbered
),
run_began_at_rows AS (
  SELECT spine.pump_id, event_us, seen_us, value
  FROM spine
  LEFT JOIN run_began_at_sessions
    ON run_began_at_sessions.pump_id = spine.pump_id
    AND seen_us <= event_us
    AND event_us <= session_end_us + 600000000
),
run_began_at_rows_2 AS (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY pump_id, event_us ORDER BY value IS NULL, seen_us) AS oldest
  FROM run_began_at_rows
),
run_began_at_window AS (
  SELECT pump_id, event_us, MAX(CASE WHEN oldest = 1 THEN value END) AS earliest
  FROM run_began_at_rows_2
  GROUP BY pump_id, event_us
),
run_began_at AS (
  SELECT pump_id, event_us, earliest AS value
  FROM run_began_at_window
),
run_minutes_inputs AS (
  SELECT spine.*, run_began_at.value AS run_began_at
  FROM spine
  LEFT JOIN run_began_at
    ON run_began_at.pump_id = spine.pump_id
    AND run_began_at.event_us = spine.event_us
),
run_minutes_steps AS (
  SELECT *, SAFE_DIVIDE(CAST(SAFE_SUBTRACT(event_us, run_began_at) AS FLOAT64) / 1000000.0, 60.0) AS step_1
  FROM run_minutes_inputs
),
run_minutes AS (
  SELECT
    pump_id,
    event_us,
    COALESCE(CASE WHEN NOT (IS_INF(step_1) OR IS_NAN(step_1)) THEN step_1 + 0.0 END, 0.0) AS value
  FROM run_minutes_steps
),
reading_before_at_series AS (
  SELECT pump_id, seen_us, seen_us AS value
  FROM pump_telemetry_events
),
reading_before_at_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM reading_before_at_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
reading_before_at_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    LAST_VALUE(value IGNORE NULLS) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 604800000000 PRECEDING AND 1 PRECEDING) AS latest
  FROM reading_before_at_points
),
reading_before_at_window AS (
  SELECT pump_id, event_us, latest
  FROM reading_before_at_frames
  WHERE is_asked
),
reading_before_at AS (
  SELECT pump_id, event_us, latest AS value
  FROM reading_before_at_window
),
pump_telemetry_instants AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
reading_before_at_at_pump_telemetry_series AS (
  SELECT pump_id, seen_us, seen_us AS value
  FROM pump_telemetry_events
),
reading_before_at_at_pump_telemetry_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM reading_before_at_at_pump_telemetry_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM pump_telemetry_instants
),
reading_before_at_at_pump_telemetry_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    LAST_VALUE(value IGNORE NULLS) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 604800000000 PRECEDING AND 1 PRECEDING) AS latest
  FROM reading_before_at_at_pump_telemetry_points
),
reading_before_at_at_pump_telemetry_window AS (
  SELECT pump_id, event_us, latest
  FROM reading_before_at_at_pump_telemetry_frames
  WHERE is_asked
),
reading_before_at_at_pump_telemetry AS (
  SELECT pump_id, event_us, latest AS value
  FROM reading_before_at_at_pump_telemetry_window
),
longest_silence_24h_inputs AS (
  SELECT pump_telemetry_events.*, reading_before_at_at_pump_telemetry.value AS reading_before_at
  FROM pump_telemetry_events
  LEFT JOIN reading_before_at_at_pump_telemetry
    ON reading_before_at_at_pump_telemetry.pump_id = pump_telemetry_events.pump_id
    AND reading_before_at_at_pump_telemetry.event_us = pump_telemetry_events.seen_us
),
longest_silence_24h_steps AS (
  SELECT
    *,
    SAFE_DIVIDE(CAST(SAFE_SUBTRACT(seen_us, reading_before_at) AS FLOAT64) / 1000000.0, 60.0) AS step_1
  FROM longest_silence_24h_inputs
),
longest_silence_24h_series AS (
  SELECT pump_id, seen_us, CASE WHEN NOT (IS_INF(step_1) OR IS_NAN(step_1)) THEN step_1 + 0.0 END AS value
  FROM longest_silence_24h_steps
),
longest_silence_24h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM longest_silence_24h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
longest_silence_24h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    MAX(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS high
  FROM longest_silence_24h_points
),
longest_silence_24h_window AS (
  SELECT pump_id, event_us, high
  FROM longest_silence_24h_frames
  WHERE is_asked
),
longest_silence_24h AS (
  SELECT pump_id, event_us, high AS value
  FROM longest_silence_24h_window
),
readings_1h_series AS (
  SELECT pump_id, seen_us
  FROM pump_telemetry_events
),
readings_1h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, FALSE AS is_asked
  FROM readings_1h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, TRUE
  FROM spine
),
readings_1h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    COUNT(seen_us) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS n
  FROM readings_1h_points
),
readings_1h_window AS (
  SELECT pump_id, event_us, n
  FROM readings_1h_frames
  WHERE is_asked
),
readings_1h AS (
  SELECT pump_id, event_us, n AS value
  FROM readings_1h_window
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
    CASE WHEN high * 0.5 - low * 0.5 > 8.988465674311579e+307 THEN (value * 0.5 - low * 0.5) / (high * 0.5 - low * 0.5) ELSE SAFE_SUBTRACT(value, low) / NULLIF(SAFE_SUBTRACT(high, low), 0) END AS unit,
    AVG(CASE WHEN high * 0.5 - low * 0.5 > 8.988465674311579e+307 THEN (value * 0.5 - low * 0.5) / (high * 0.5 - low * 0.5) ELSE SAFE_SUBTRACT(value, low) / NULLIF(SAFE_SUBTRACT(high, low), 0) END) OVER (PARTITION BY pump_id, event_us) AS center,
    CASE WHEN high_2 * 0.5 - low_2 * 0.5 > 8.988465674311579e+307 THEN (value_2 * 0.5 - low_2 * 0.5) / (high_2 * 0.5 - low_2 * 0.5) ELSE SAFE_SUBTRACT(value_2, low_2) / NULLIF(SAFE_SUBTRACT(high_2, low_2), 0) END AS unit_2,
    AVG(CASE WHEN high_2 * 0.5 - low_2 * 0.5 > 8.988465674311579e+307 THEN (value_2 * 0.5 - low_2 * 0.5) / (high_2 * 0.5 - low_2 * 0.5) ELSE SAFE_SUBTRACT(value_2, low_2) / NULLIF(SAFE_SUBTRACT(high_2, low_2), 0) END) OVER (PARTITION BY pump_id, event_us) AS center_2
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
    SUM((unit - center)) AS sum_x,
    SUM((unit_2 - center_2)) AS sum_y,
    SUM((unit - center) * (unit_2 - center_2)) AS sum_xy,
    SUM((unit - center) * (unit - center)) AS sum_xx,
    SUM((unit_2 - center_2) * (unit_2 - center_2)) AS sum_yy
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
  SELECT pump_id, event_us, CASE WHEN NOT (IS_INF(result) OR IS_NAN(result)) THEN result + 0.0 END AS value
  FROM temperature_follows_load_24h_result
),
discharge_pressure_p05_24h_series AS (
  SELECT pump_id, seen_us, discharge_pressure_bar AS value
  FROM pump_telemetry_events
  WHERE (mode = 'run') AND (discharge_pressure_bar > 0.0)
),
discharge_pressure_p05_24h_rows AS (
  SELECT spine.pump_id, event_us, seen_us, value
  FROM spine
  LEFT JOIN discharge_pressure_p05_24h_series
    ON discharge_pressure_p05_24h_series.pump_id = spine.pump_id
    AND seen_us > event_us - 86400000000
    AND seen_us <= event_us
),
discharge_pressure_p05_24h_rows_2 AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY pump_id, event_us ORDER BY value IS NULL, value) AS place,
    COUNT(value) OVER (PARTITION BY pump_id, event_us) AS n
  FROM discharge_pressure_p05_24h_rows
),
discharge_pressure_p05_24h_window AS (
  SELECT
    pump_id,
    event_us,
    MAX((n - 1) * 0.05) AS position,
    MAX(CASE WHEN place = FLOOR((n - 1) * 0.05) + 1 THEN value END) AS below,
    MAX(CASE WHEN place = FLOOR((n - 1) * 0.05) + 2 THEN value END) AS above
  FROM discharge_pressure_p05_24h_rows_2
  GROUP BY pump_id, event_us
),
discharge_pressure_p05_24h_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN position = FLOOR(position) THEN below ELSE below + SAFE_SUBTRACT(above, below) * (position - FLOOR(position)) END AS result
  FROM discharge_pressure_p05_24h_window
),
discharge_pressure_p05_24h AS (
  SELECT pump_id, event_us, CASE WHEN NOT (IS_INF(result) OR IS_NAN(result)) THEN result + 0.0 END AS value
  FROM discharge_pressure_p05_24h_result
),
vibration_mean_1h_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_mean_1h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM vibration_mean_1h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
vibration_mean_1h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    SUM(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS total,
    COUNT(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS n
  FROM vibration_mean_1h_points
),
vibration_mean_1h_window AS (
  SELECT pump_id, event_us, total, n
  FROM vibration_mean_1h_frames
  WHERE is_asked
),
vibration_mean_1h_result AS (
  SELECT pump_id, event_us, total / NULLIF(n, 0) AS result
  FROM vibration_mean_1h_window
),
vibration_mean_1h AS (
  SELECT pump_id, event_us, CASE WHEN NOT (IS_INF(result) OR IS_NAN(result)) THEN result + 0.0 END AS value
  FROM vibration_mean_1h_result
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
    SUM(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS total,
    COUNT(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS n
  FROM vibration_mean_24h_points
),
vibration_mean_24h_window AS (
  SELECT pump_id, event_us, total, n
  FROM vibration_mean_24h_frames
  WHERE is_asked
),
vibration_mean_24h_result AS (
  SELECT pump_id, event_us, total / NULLIF(n, 0) AS result
  FROM vibration_mean_24h_window
),
vibration_mean_24h AS (
  SELECT pump_id, event_us, CASE WHEN NOT (IS_INF(result) OR IS_NAN(result)) THEN result + 0.0 END AS value
  FROM vibration_mean_24h_result
),
vibration_p95_1h_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_p95_1h_rows AS (
  SELECT spine.pump_id, event_us, seen_us, value
  FROM spine
  LEFT JOIN vibration_p95_1h_series
    ON vibration_p95_1h_series.pump_id = spine.pump_id
    AND seen_us > event_us - 3600000000
    AND seen_us <= event_us
),
vibration_p95_1h_rows_2 AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY pump_id, event_us ORDER BY value IS NULL, value) AS place,
    COUNT(value) OVER (PARTITION BY pump_id, event_us) AS n
  FROM vibration_p95_1h_rows
),
vibration_p95_1h_window AS (
  SELECT
    pump_id,
    event_us,
    MAX((n - 1) * 0.95) AS position,
    MAX(CASE WHEN place = FLOOR((n - 1) * 0.95) + 1 THEN value END) AS below,
    MAX(CASE WHEN place = FLOOR((n - 1) * 0.95) + 2 THEN value END) AS above
  FROM vibration_p95_1h_rows_2
  GROUP BY pump_id, event_us
),
vibration_p95_1h_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN position = FLOOR(position) THEN below ELSE below + SAFE_SUBTRACT(above, below) * (position - FLOOR(position)) END AS result
  FROM vibration_p95_1h_window
),
vibration_p95_1h AS (
  SELECT pump_id, event_us, CASE WHEN NOT (IS_INF(result) OR IS_NAN(result)) THEN result + 0.0 END AS value
  FROM vibration_p95_1h_result
),
vibration_p95_24h_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_p95_24h_rows AS (
  SELECT spine.pump_id, event_us, seen_us, value
  FROM spine
  LEFT JOIN vibration_p95_24h_series
    ON vibration_p95_24h_series.pump_id = spine.pump_id
    AND seen_us > event_us - 86400000000
    AND seen_us <= event_us
),
vibration_p95_24h_rows_2 AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY pump_id, event_us ORDER BY value IS NULL, value) AS place,
    COUNT(value) OVER (PARTITION BY pump_id, event_us) AS n
  FROM vibration_p95_24h_rows
),
vibration_p95_24h_window AS (
  SELECT
    pump_id,
    event_us,
    MAX((n - 1) * 0.95) AS position,
    MAX(CASE WHEN place = FLOOR((n - 1) * 0.95) + 1 THEN value END) AS below,
    MAX(CASE WHEN place = FLOOR((n - 1) * 0.95) + 2 THEN value END) AS above
  FROM vibration_p95_24h_rows_2
  GROUP BY pump_id, event_us
),
vibration_p95_24h_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN position = FLOOR(position) THEN below ELSE below + SAFE_SUBTRACT(above, below) * (position - FLOOR(position)) END AS result
  FROM vibration_p95_24h_window
),
vibration_p95_24h AS (
  SELECT pump_id, event_us, CASE WHEN NOT (IS_INF(result) OR IS_NAN(result)) THEN result + 0.0 END AS value
  FROM vibration_p95_24h_result
),
vibration_max_1h_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_max_1h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM vibration_max_1h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
vibration_max_1h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    MAX(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS high
  FROM vibration_max_1h_points
),
vibration_max_1h_window AS (
  SELECT pump_id, event_us, high
  FROM vibration_max_1h_frames
  WHERE is_asked
),
vibration_max_1h AS (
  SELECT pump_id, event_us, high AS value
  FROM vibration_max_1h_window
),
vibration_max_24h_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_max_24h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM vibration_max_24h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
vibration_max_24h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    MAX(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS high
  FROM vibration_max_24h_points
),
vibration_max_24h_window AS (
  SELECT pump_id, event_us, high
  FROM vibration_max_24h_frames
  WHERE is_asked
),
vibration_max_24h AS (
  SELECT pump_id, event_us, high AS value
  FROM vibration_max_24h_window
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
),
vibration_median_14d_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_median_14d_rows AS (
  SELECT spine.pump_id, event_us, seen_us, value
  FROM spine
  LEFT JOIN vibration_median_14d_series
    ON vibration_median_14d_series.pump_id = spine.pump_id
    AND seen_us > event_us - 1209600000000
    AND seen_us <= event_us
),
vibration_median_14d_rows_2 AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY pump_id, event_us ORDER BY value IS NULL, value) AS place,
    COUNT(value) OVER (PARTITION BY pump_id, event_us) AS n
  FROM vibration_median_14d_rows
),
vibration_median_14d_window AS (
  SELECT
    pump_id,
    event_us,
    MAX((n - 1) * 0.5) AS position,
    MAX(CASE WHEN place = FLOOR((n - 1) * 0.5) + 1 THEN value END) AS below,
    MAX(CASE WHEN place = FLOOR((n - 1) * 0.5) + 2 THEN value END) AS above
  FROM vibration_median_14d_rows_2
  GROUP BY pump_id, event_us
),
vibration_median_14d_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN position = FLOOR(position) THEN below ELSE below + SAFE_SUBTRACT(above, below) * (position - FLOOR(position)) END AS result
  FROM vibration_median_14d_window
),
vibration_median_14d AS (
  SELECT pump_id, event_us, CASE WHEN NOT (IS_INF(result) OR IS_NAN(result)) THEN result + 0.0 END AS value
  FROM vibration_median_14d_result
),
wear_trend_inputs AS (
  SELECT
    spine.*,
    vibration_smoothed.value AS vibration_smoothed,
    vibration_median_14d.value AS vibration_median_14d
  FROM spine
  LEFT JOIN vibration_smoothed
    ON vibration_smoothed.pump_id = spine.pump_id
    AND vibration_smoothed.event_us = spine.event_us
  LEFT JOIN vibration_median_14d
    ON vibration_median_14d.pump_id = spine.pump_id
    AND vibration_median_14d.event_us = spine.event_us
),
wear_trend AS (
  SELECT pump_id, event_us, SAFE_SUBTRACT(SAFE_DIVIDE(vibration_smoothed, vibration_median_14d), 1.0) AS value
  FROM wear_trend_inputs
)
SELECT
  spine.pump_id,
  TIMESTAMP_MICROS(spine.event_us) AS event_time,
  pump_efficiency_rolling_24h.value AS pump_efficiency_rolling_24h,
  pump_efficiency_baseline.value AS pump_efficiency_baseline,
  pump_efficiency_change.value AS pump_efficiency_change,
  TIMESTAMP_MICROS(last_overhaul_at.value) AS last_overhaul_at,
  days_since_overhaul.value AS days_since_overhaul,
  overhauls_total.value AS overhauls_total,
  maintenance_cost_30d.value AS maintenance_cost_30d,
  TIMESTAMP_MICROS(run_began_at.value) AS run_began_at,
  run_minutes.value AS run_minutes,
  TIMESTAMP_MICROS(reading_before_at.value) AS reading_before_at,
  longest_silence_24h.value AS longest_silence_24h,
  readings_1h.value AS readings_1h,
  temperature_follows_load_24h.value AS temperature_follows_load_24h,
  discharge_pressure_p05_24h.value AS discharge_pressure_p05_24h,
  vibration_mean_1h.value AS vibration_mean_1h,
  vibration_mean_24h.value AS vibration_mean_24h,
  vibration_p95_1h.value AS vibration_p95_1h,
  vibration_p95_24h.value AS vibration_p95_24h,
  vibration_max_1h.value AS vibration_max_1h,
  vibration_max_24h.value AS vibration_max_24h,
  vibration_smoothed.value AS vibration_smoothed,
  vibration_median_14d.value AS vibration_median_14d,
  wear_trend.value AS wear_trend
FROM spine
LEFT JOIN pump_efficiency_rolling_24h
  ON pump_efficiency_rolling_24h.pump_id = spine.pump_id
  AND pump_efficiency_rolling_24h.event_us = spine.event_us
LEFT JOIN pump_efficiency_baseline
  ON pump_efficiency_baseline.pump_id = spine.pump_id
  AND pump_efficiency_baseline.event_us = spine.event_us
LEFT JOIN pump_efficiency_change
  ON pump_efficiency_change.pump_id = spine.pump_id
  AND pump_efficiency_change.event_us = spine.event_us
LEFT JOIN last_overhaul_at
  ON last_overhaul_at.pump_id = spine.pump_id
  AND last_overhaul_at.event_us = spine.event_us
LEFT JOIN days_since_overhaul
  ON days_since_overhaul.pump_id = spine.pump_id
  AND days_since_overhaul.event_us = spine.event_us
LEFT JOIN overhauls_total
  ON overhauls_total.pump_id = spine.pump_id
  AND overhauls_total.event_us = spine.event_us
LEFT JOIN maintenance_cost_30d
  ON maintenance_cost_30d.pump_id = spine.pump_id
  AND maintenance_cost_30d.event_us = spine.event_us
LEFT JOIN run_began_at
  ON run_began_at.pump_id = spine.pump_id
  AND run_began_at.event_us = spine.event_us
LEFT JOIN run_minutes
  ON run_minutes.pump_id = spine.pump_id
  AND run_minutes.event_us = spine.event_us
LEFT JOIN reading_before_at
  ON reading_before_at.pump_id = spine.pump_id
  AND reading_before_at.event_us = spine.event_us
LEFT JOIN longest_silence_24h
  ON longest_silence_24h.pump_id = spine.pump_id
  AND longest_silence_24h.event_us = spine.event_us
LEFT JOIN readings_1h
  ON readings_1h.pump_id = spine.pump_id
  AND readings_1h.event_us = spine.event_us
LEFT JOIN temperature_follows_load_24h
  ON temperature_follows_load_24h.pump_id = spine.pump_id
  AND temperature_follows_load_24h.event_us = spine.event_us
LEFT JOIN discharge_pressure_p05_24h
  ON discharge_pressure_p05_24h.pump_id = spine.pump_id
  AND discharge_pressure_p05_24h.event_us = spine.event_us
LEFT JOIN vibration_mean_1h
  ON vibration_mean_1h.pump_id = spine.pump_id
  AND vibration_mean_1h.event_us = spine.event_us
LEFT JOIN vibration_mean_24h
  ON vibration_mean_24h.pump_id = spine.pump_id
  AND vibration_mean_24h.event_us = spine.event_us
LEFT JOIN vibration_p95_1h
  ON vibration_p95_1h.pump_id = spine.pump_id
  AND vibration_p95_1h.event_us = spine.event_us
LEFT JOIN vibration_p95_24h
  ON vibration_p95_24h.pump_id = spine.pump_id
  AND vibration_p95_24h.event_us = spine.event_us
LEFT JOIN vibration_max_1h
  ON vibration_max_1h.pump_id = spine.pump_id
  AND vibration_max_1h.event_us = spine.event_us
LEFT JOIN vibration_max_24h
  ON vibration_max_24h.pump_id = spine.pump_id
  AND vibration_max_24h.event_us = spine.event_us
LEFT JOIN vibration_smoothed
  ON vibration_smoothed.pump_id = spine.pump_id
  AND vibration_smoothed.event_us = spine.event_us
LEFT JOIN vibration_median_14d
  ON vibration_median_14d.pump_id = spine.pump_id
  AND vibration_median_14d.event_us = spine.event_us
LEFT JOIN wear_trend
  ON wear_trend.pump_id = spine.pump_id
  AND wear_trend.event_us = spine.event_us;

-- All features of `pump`: a row for each instant of an event of a source that drives one of them.
-- Dialect: duckdb.
CREATE OR REPLACE TABLE features_of_pump AS
WITH pump_telemetry_events AS (
  SELECT
    pump_id,
    epoch_us(event_time) AS seen_us,
    CASE WHEN isfinite(bearing_temperature_c) THEN bearing_temperature_c + 0 END AS bearing_temperature_c,
    CASE WHEN isfinite(discharge_pressure_bar) THEN discharge_pressure_bar + 0 END AS discharge_pressure_bar,
    CASE WHEN isfinite(input_power_kw) THEN input_power_kw + 0 END AS input_power_kw,
    mode,
    CASE WHEN isfinite(output_flow_rate) THEN output_flow_rate + 0 END AS output_flow_rate,
    CASE WHEN isfinite(vibration_mm_s) THEN vibration_mm_s + 0 END AS vibration_mm_s,
    arrival_file,
    arrival_row
  FROM pump_telemetry
  WHERE pump_id IS NOT NULL AND event_time IS NOT NULL
),
maintenance_log_events AS (
  SELECT
    pump_id,
    epoch_us(done_at) AS seen_us,
    action,
    CASE WHEN isfinite(cost_eur) THEN cost_eur + 0 END AS cost_eur,
    arrival_file,
    arrival_row
  FROM maintenance_log
  WHERE pump_id IS NOT NULL AND done_at IS NOT NULL
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
spine AS (
  SELECT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
  UNION
  SELECT pump_id, seen_us AS event_us
  FROM maintenance_log_events
  UNION
  SELECT pump_id, seen_us AS event_us
  FROM pump_house_air_events
),
pump_efficiency_rolling_24h_steps AS (
  SELECT *, output_flow_rate / NULLIF(input_power_kw, 0) AS step_1
  FROM pump_telemetry_events
),
pump_efficiency_rolling_24h_series AS (
  SELECT pump_id, seen_us, CASE WHEN isfinite(step_1) THEN step_1 + 0 END AS value
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
    fsum(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS total,
    fsum(ABS(value)) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS magnitude,
    COUNT(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS n
  FROM pump_efficiency_rolling_24h_points
),
pump_efficiency_rolling_24h_window AS (
  SELECT pump_id, event_us, total, magnitude, n
  FROM pump_efficiency_rolling_24h_frames
  WHERE is_asked
),
pump_efficiency_rolling_24h_cancelled AS (
  SELECT pump_id, event_us
  FROM pump_efficiency_rolling_24h_window
  WHERE NOT (magnitude IS NULL OR (isfinite(total) AND ABS(total) >= magnitude * 1e-06))
),
pump_efficiency_rolling_24h_exact_window AS (
  SELECT
    pump_efficiency_rolling_24h_cancelled.pump_id,
    event_us,
    COALESCE(SUM(CASE WHEN ABS(value) >= 2.5822498780869086e+120 THEN CAST(value AS BIGNUM) END), CAST(0 AS BIGNUM)) AS large,
    COALESCE(SUM(CASE WHEN ABS(value) < 2.5822498780869086e+120 AND ABS(value) >= 8.200532357869981e-143 THEN CAST(value * 5.491838128104488e+157 AS BIGNUM) END), CAST(0 AS BIGNUM)) AS middle,
    COALESCE(SUM(CASE WHEN ABS(value) < 8.200532357869981e-143 THEN CAST(value * 4.4989137945431964e+161 * 4.4989137945431964e+161 AS BIGNUM) END), CAST(0 AS BIGNUM)) AS small
  FROM pump_efficiency_rolling_24h_cancelled
  LEFT JOIN pump_efficiency_rolling_24h_series
    ON pump_efficiency_rolling_24h_series.pump_id = pump_efficiency_rolling_24h_cancelled.pump_id
    AND seen_us > event_us - 86400000000
    AND seen_us <= event_us
  GROUP BY pump_efficiency_rolling_24h_cancelled.pump_id, event_us
),
pump_efficiency_rolling_24h_exact AS (
  SELECT *, TRY_CAST(large AS DOUBLE) AS large_high, TRY_CAST(middle AS DOUBLE) AS middle_high
  FROM pump_efficiency_rolling_24h_exact_window
),
pump_efficiency_rolling_24h_exact_2 AS (
  SELECT
    *,
    large_high + middle_high * 1.8208839675781755e-158 + CAST(small AS DOUBLE) * 2.2227587494850775e-162 * 2.2227587494850775e-162 + CAST(large - CAST(large_high AS BIGNUM) AS DOUBLE) + CAST(middle - CAST(middle_high AS BIGNUM) AS DOUBLE) * 1.8208839675781755e-158 AS exact_total
  FROM pump_efficiency_rolling_24h_exact
),
pump_efficiency_rolling_24h_totals AS (
  SELECT pump_efficiency_rolling_24h_window.*, pump_efficiency_rolling_24h_exact_2.exact_total
  FROM pump_efficiency_rolling_24h_window
  LEFT JOIN pump_efficiency_rolling_24h_exact_2
    ON pump_efficiency_rolling_24h_exact_2.pump_id = pump_efficiency_rolling_24h_window.pump_id
    AND pump_efficiency_rolling_24h_exact_2.event_us = pump_efficiency_rolling_24h_window.event_us
),
pump_efficiency_rolling_24h_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN magnitude IS NULL OR (isfinite(total) AND ABS(total) >= magnitude * 1e-06) THEN total ELSE exact_total END / NULLIF(n, 0) AS result
  FROM pump_efficiency_rolling_24h_totals
),
pump_efficiency_rolling_24h AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
  FROM pump_efficiency_rolling_24h_result
),
pump_efficiency_baseline_steps AS (
  SELECT *, output_flow_rate / NULLIF(input_power_kw, 0) AS step_1
  FROM pump_telemetry_events
),
pump_efficiency_baseline_series AS (
  SELECT pump_id, seen_us, CASE WHEN isfinite(step_1) THEN step_1 + 0 END AS value
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
    fsum(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 691199999999 PRECEDING AND 86400000000 PRECEDING) AS total,
    fsum(ABS(value)) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 691199999999 PRECEDING AND 86400000000 PRECEDING) AS magnitude,
    COUNT(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 691199999999 PRECEDING AND 86400000000 PRECEDING) AS n
  FROM pump_efficiency_baseline_points
),
pump_efficiency_baseline_window AS (
  SELECT pump_id, event_us, total, magnitude, n
  FROM pump_efficiency_baseline_frames
  WHERE is_asked
),
pump_efficiency_baseline_cancelled AS (
  SELECT pump_id, event_us
  FROM pump_efficiency_baseline_window
  WHERE NOT (magnitude IS NULL OR (isfinite(total) AND ABS(total) >= magnitude * 1e-06))
),
pump_efficiency_baseline_exact_window AS (
  SELECT
    pump_efficiency_baseline_cancelled.pump_id,
    event_us,
    COALESCE(SUM(CASE WHEN ABS(value) >= 2.5822498780869086e+120 THEN CAST(value AS BIGNUM) END), CAST(0 AS BIGNUM)) AS large,
    COALESCE(SUM(CASE WHEN ABS(value) < 2.5822498780869086e+120 AND ABS(value) >= 8.200532357869981e-143 THEN CAST(value * 5.491838128104488e+157 AS BIGNUM) END), CAST(0 AS BIGNUM)) AS middle,
    COALESCE(SUM(CASE WHEN ABS(value) < 8.200532357869981e-143 THEN CAST(value * 4.4989137945431964e+161 * 4.4989137945431964e+161 AS BIGNUM) END), CAST(0 AS BIGNUM)) AS small
  FROM pump_efficiency_baseline_cancelled
  LEFT JOIN pump_efficiency_baseline_series
    ON pump_efficiency_baseline_series.pump_id = pump_efficiency_baseline_cancelled.pump_id
    AND seen_us > event_us - 691200000000
    AND seen_us <= event_us - 86400000000
  GROUP BY pump_efficiency_baseline_cancelled.pump_id, event_us
),
pump_efficiency_baseline_exact AS (
  SELECT *, TRY_CAST(large AS DOUBLE) AS large_high, TRY_CAST(middle AS DOUBLE) AS middle_high
  FROM pump_efficiency_baseline_exact_window
),
pump_efficiency_baseline_exact_2 AS (
  SELECT
    *,
    large_high + middle_high * 1.8208839675781755e-158 + CAST(small AS DOUBLE) * 2.2227587494850775e-162 * 2.2227587494850775e-162 + CAST(large - CAST(large_high AS BIGNUM) AS DOUBLE) + CAST(middle - CAST(middle_high AS BIGNUM) AS DOUBLE) * 1.8208839675781755e-158 AS exact_total
  FROM pump_efficiency_baseline_exact
),
pump_efficiency_baseline_totals AS (
  SELECT pump_efficiency_baseline_window.*, pump_efficiency_baseline_exact_2.exact_total
  FROM pump_efficiency_baseline_window
  LEFT JOIN pump_efficiency_baseline_exact_2
    ON pump_efficiency_baseline_exact_2.pump_id = pump_efficiency_baseline_window.pump_id
    AND pump_efficiency_baseline_exact_2.event_us = pump_efficiency_baseline_window.event_us
),
pump_efficiency_baseline_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN magnitude IS NULL OR (isfinite(total) AND ABS(total) >= magnitude * 1e-06) THEN total ELSE exact_total END / NULLIF(n, 0) AS result
  FROM pump_efficiency_baseline_totals
),
pump_efficiency_baseline AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
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
pump_efficiency_change_steps AS (
  SELECT *, (pump_efficiency_rolling_24h / NULLIF(pump_efficiency_baseline, 0)) - 1.0e0 AS step_1
  FROM pump_efficiency_change_inputs
),
pump_efficiency_change AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(step_1) THEN step_1 + 0 END AS value
  FROM pump_efficiency_change_steps
),
mean_power_7d_series AS (
  SELECT pump_id, seen_us, arrival_file, arrival_row, input_power_kw AS value
  FROM pump_telemetry_events
),
mean_power_7d_held AS (
  SELECT *, LEAD(seen_us) OVER (PARTITION BY pump_id ORDER BY seen_us, arrival_file, arrival_row) AS until_us
  FROM mean_power_7d_series
  WHERE value IS NOT NULL
),
mean_power_7d_rows AS (
  SELECT
    spine.pump_id,
    event_us,
    seen_us,
    arrival_file,
    arrival_row,
    value,
    LEAST(COALESCE(until_us, event_us), event_us) - GREATEST(seen_us, event_us - 604800000000) AS width
  FROM spine
  LEFT JOIN mean_power_7d_held
    ON mean_power_7d_held.pump_id = spine.pump_id
    AND seen_us <= event_us
    AND COALESCE(until_us > event_us - 604800000000, TRUE)
),
mean_power_7d_rows_2 AS (
  SELECT *, SUM(width) OVER (PARTITION BY pump_id, event_us) AS span
  FROM mean_power_7d_rows
),
mean_power_7d_window AS (
  SELECT pump_id, event_us, fsum(value * (CAST(width AS DOUBLE) / NULLIF(span, 0))) AS mean
  FROM mean_power_7d_rows_2
  GROUP BY pump_id, event_us
),
mean_power_7d_result AS (
  SELECT pump_id, event_us, mean AS result
  FROM mean_power_7d_window
),
mean_power_7d AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
  FROM mean_power_7d_result
),
mean_flow_7d_steps AS (
  SELECT *, output_flow_rate * 60.0e0 AS step_1
  FROM pump_telemetry_events
),
mean_flow_7d_series AS (
  SELECT pump_id, seen_us, arrival_file, arrival_row, CASE WHEN isfinite(step_1) THEN step_1 + 0 END AS value
  FROM mean_flow_7d_steps
),
mean_flow_7d_held AS (
  SELECT *, LEAD(seen_us) OVER (PARTITION BY pump_id ORDER BY seen_us, arrival_file, arrival_row) AS until_us
  FROM mean_flow_7d_series
  WHERE value IS NOT NULL
),
mean_flow_7d_rows AS (
  SELECT
    spine.pump_id,
    event_us,
    seen_us,
    arrival_file,
    arrival_row,
    value,
    LEAST(COALESCE(until_us, event_us), event_us) - GREATEST(seen_us, event_us - 604800000000) AS width
  FROM spine
  LEFT JOIN mean_flow_7d_held
    ON mean_flow_7d_held.pump_id = spine.pump_id
    AND seen_us <= event_us
    AND COALESCE(until_us > event_us - 604800000000, TRUE)
),
mean_flow_7d_rows_2 AS (
  SELECT *, SUM(width) OVER (PARTITION BY pump_id, event_us) AS span
  FROM mean_flow_7d_rows
),
mean_flow_7d_window AS (
  SELECT pump_id, event_us, fsum(value * (CAST(width AS DOUBLE) / NULLIF(span, 0))) AS mean
  FROM mean_flow_7d_rows_2
  GROUP BY pump_id, event_us
),
mean_flow_7d_result AS (
  SELECT pump_id, event_us, mean AS result
  FROM mean_flow_7d_window
),
mean_flow_7d AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
  FROM mean_flow_7d_result
),
specific_energy_7d_inputs AS (
  SELECT spine.*, mean_power_7d.value AS mean_power_7d, mean_flow_7d.value AS mean_flow_7d
  FROM spine
  LEFT JOIN mean_power_7d
    ON mean_power_7d.pump_id = spine.pump_id
    AND mean_power_7d.event_us = spine.event_us
  LEFT JOIN mean_flow_7d
    ON mean_flow_7d.pump_id = spine.pump_id
    AND mean_flow_7d.event_us = spine.event_us
),
specific_energy_7d_steps AS (
  SELECT *, mean_power_7d / NULLIF(mean_flow_7d, 0) AS step_1
  FROM specific_energy_7d_inputs
),
specific_energy_7d AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(step_1) THEN step_1 + 0 END AS value
  FROM specific_energy_7d_steps
),
last_action_series AS (
  SELECT pump_id, seen_us, arrival_file, arrival_row, action AS value
  FROM maintenance_log_events
),
last_action_places AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY pump_id, seen_us ORDER BY arrival_file DESC, arrival_row DESC) AS place
  FROM last_action_series
  WHERE value IS NOT NULL
),
last_action_latest AS (
  SELECT pump_id, seen_us, value
  FROM last_action_places
  WHERE place = 1
),
last_action_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM last_action_latest
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
last_action_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    LAST_VALUE(value IGNORE NULLS) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS latest
  FROM last_action_points
),
last_action_window AS (
  SELECT pump_id, event_us, latest
  FROM last_action_frames
  WHERE is_asked
),
last_action AS (
  SELECT pump_id, event_us, latest AS value
  FROM last_action_window
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
    (CAST(TRY_CAST(CAST(event_us AS HUGEINT) - last_overhaul_at AS BIGINT) AS DOUBLE) / 1000000.0e0) / NULLIF(86400.0e0, 0) AS step_1
  FROM days_since_overhaul_inputs
),
days_since_overhaul AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(step_1) THEN step_1 + 0 END AS value
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
    fsum(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 2591999999999 PRECEDING AND CURRENT ROW) AS total,
    fsum(ABS(value)) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 2591999999999 PRECEDING AND CURRENT ROW) AS magnitude
  FROM maintenance_cost_30d_points
),
maintenance_cost_30d_window AS (
  SELECT pump_id, event_us, total, magnitude
  FROM maintenance_cost_30d_frames
  WHERE is_asked
),
maintenance_cost_30d_cancelled AS (
  SELECT pump_id, event_us
  FROM maintenance_cost_30d_window
  WHERE NOT (magnitude IS NULL OR (isfinite(total) AND ABS(total) >= magnitude * 1e-06))
),
maintenance_cost_30d_exact_window AS (
  SELECT
    maintenance_cost_30d_cancelled.pump_id,
    event_us,
    COALESCE(SUM(CASE WHEN ABS(value) >= 2.5822498780869086e+120 THEN CAST(value AS BIGNUM) END), CAST(0 AS BIGNUM)) AS large,
    COALESCE(SUM(CASE WHEN ABS(value) < 2.5822498780869086e+120 AND ABS(value) >= 8.200532357869981e-143 THEN CAST(value * 5.491838128104488e+157 AS BIGNUM) END), CAST(0 AS BIGNUM)) AS middle,
    COALESCE(SUM(CASE WHEN ABS(value) < 8.200532357869981e-143 THEN CAST(value * 4.4989137945431964e+161 * 4.4989137945431964e+161 AS BIGNUM) END), CAST(0 AS BIGNUM)) AS small
  FROM maintenance_cost_30d_cancelled
  LEFT JOIN maintenance_cost_30d_series
    ON maintenance_cost_30d_series.pump_id = maintenance_cost_30d_cancelled.pump_id
    AND seen_us > event_us - 2592000000000
    AND seen_us <= event_us
  GROUP BY maintenance_cost_30d_cancelled.pump_id, event_us
),
maintenance_cost_30d_exact AS (
  SELECT *, TRY_CAST(large AS DOUBLE) AS large_high, TRY_CAST(middle AS DOUBLE) AS middle_high
  FROM maintenance_cost_30d_exact_window
),
maintenance_cost_30d_exact_2 AS (
  SELECT
    *,
    large_high + middle_high * 1.8208839675781755e-158 + CAST(small AS DOUBLE) * 2.2227587494850775e-162 * 2.2227587494850775e-162 + CAST(large - CAST(large_high AS BIGNUM) AS DOUBLE) + CAST(middle - CAST(middle_high AS BIGNUM) AS DOUBLE) * 1.8208839675781755e-158 AS exact_total
  FROM maintenance_cost_30d_exact
),
maintenance_cost_30d_totals AS (
  SELECT maintenance_cost_30d_window.*, maintenance_cost_30d_exact_2.exact_total
  FROM maintenance_cost_30d_window
  LEFT JOIN maintenance_cost_30d_exact_2
    ON maintenance_cost_30d_exact_2.pump_id = maintenance_cost_30d_window.pump_id
    AND maintenance_cost_30d_exact_2.event_us = maintenance_cost_30d_window.event_us
),
maintenance_cost_30d_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN magnitude IS NULL OR (isfinite(total) AND ABS(total) >= magnitude * 1e-06) THEN total ELSE exact_total END AS result
  FROM maintenance_cost_30d_totals
),
maintenance_cost_30d AS (
  SELECT pump_id, event_us, COALESCE(CASE WHEN isfinite(result) THEN result + 0 END, 0.0e0) AS value
  FROM maintenance_cost_30d_result
),
duty_share_24h_series AS (
  SELECT
    pump_id,
    seen_us,
    arrival_file,
    arrival_row,
    CASE WHEN mode = 'run' THEN 1.0e0 ELSE 0.0e0 END AS value
  FROM pump_telemetry_events
),
duty_share_24h_held AS (
  SELECT *, LEAD(seen_us) OVER (PARTITION BY pump_id ORDER BY seen_us, arrival_file, arrival_row) AS until_us
  FROM duty_share_24h_series
  WHERE value IS NOT NULL
),
duty_share_24h_rows AS (
  SELECT
    spine.pump_id,
    event_us,
    seen_us,
    arrival_file,
    arrival_row,
    value,
    LEAST(COALESCE(until_us, event_us), event_us) - GREATEST(seen_us, event_us - 86400000000) AS width
  FROM spine
  LEFT JOIN duty_share_24h_held
    ON duty_share_24h_held.pump_id = spine.pump_id
    AND seen_us <= event_us
    AND COALESCE(until_us > event_us - 86400000000, TRUE)
),
duty_share_24h_rows_2 AS (
  SELECT *, SUM(width) OVER (PARTITION BY pump_id, event_us) AS span
  FROM duty_share_24h_rows
),
duty_share_24h_window AS (
  SELECT pump_id, event_us, fsum(value * (CAST(width AS DOUBLE) / NULLIF(span, 0))) AS mean
  FROM duty_share_24h_rows_2
  GROUP BY pump_id, event_us
),
duty_share_24h_result AS (
  SELECT pump_id, event_us, mean AS result
  FROM duty_share_24h_window
),
duty_share_24h AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
  FROM duty_share_24h_result
),
mode_before_series AS (
  SELECT pump_id, seen_us, arrival_file, arrival_row, mode AS value
  FROM pump_telemetry_events
),
mode_before_places AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY pump_id, seen_us ORDER BY arrival_file DESC, arrival_row DESC) AS place
  FROM mode_before_series
  WHERE value IS NOT NULL
),
mode_before_latest AS (
  SELECT pump_id, seen_us, value
  FROM mode_before_places
  WHERE place = 1
),
mode_before_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM mode_before_latest
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
mode_before_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    LAST_VALUE(value IGNORE NULLS) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 1800000000 PRECEDING AND 1 PRECEDING) AS latest
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
),
pump_telemetry_instants AS (
  SELECT DISTINCT pump_id, seen_us AS event_us
  FROM pump_telemetry_events
),
mode_before_at_pump_telemetry_series AS (
  SELECT pump_id, seen_us, arrival_file, arrival_row, mode AS value
  FROM pump_telemetry_events
),
mode_before_at_pump_telemetry_places AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY pump_id, seen_us ORDER BY arrival_file DESC, arrival_row DESC) AS place
  FROM mode_before_at_pump_telemetry_series
  WHERE value IS NOT NULL
),
mode_before_at_pump_telemetry_latest AS (
  SELECT pump_id, seen_us, value
  FROM mode_before_at_pump_telemetry_places
  WHERE place = 1
),
mode_before_at_pump_telemetry_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM mode_before_at_pump_telemetry_latest
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM pump_telemetry_instants
),
mode_before_at_pump_telemetry_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    LAST_VALUE(value IGNORE NULLS) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 1800000000 PRECEDING AND 1 PRECEDING) AS latest
  FROM mode_before_at_pump_telemetry_points
),
mode_before_at_pump_telemetry_window AS (
  SELECT pump_id, event_us, latest
  FROM mode_before_at_pump_telemetry_frames
  WHERE is_asked
),
mode_before_at_pump_telemetry AS (
  SELECT pump_id, event_us, COALESCE(latest, 'unknown') AS value
  FROM mode_before_at_pump_telemetry_window
),
starts_24h_inputs AS (
  SELECT pump_telemetry_events.*, mode_before_at_pump_telemetry.value AS mode_before
  FROM pump_telemetry_events
  LEFT JOIN mode_before_at_pump_telemetry
    ON mode_before_at_pump_telemetry.pump_id = pump_telemetry_events.pump_id
    AND mode_before_at_pump_telemetry.event_us = pump_telemetry_events.seen_us
),
starts_24h_series AS (
  SELECT pump_id, seen_us
  FROM starts_24h_inputs
  WHERE (mode = 'run') AND (mode_before = 'idle')
),
starts_24h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, FALSE AS is_asked
  FROM starts_24h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, TRUE
  FROM spine
),
starts_24h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    COUNT(seen_us) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS n
  FROM starts_24h_points
),
starts_24h_window AS (
  SELECT pump_id, event_us, n
  FROM starts_24h_frames
  WHERE is_asked
),
starts_24h AS (
  SELECT pump_id, event_us, n AS value
  FROM starts_24h_window
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
  SELECT
    *,
    (CAST(TRY_CAST(CAST(event_us AS HUGEINT) - run_began_at AS BIGINT) AS DOUBLE) / 1000000.0e0) / NULLIF(60.0e0, 0) AS step_1
  FROM run_minutes_inputs
),
run_minutes AS (
  SELECT pump_id, event_us, COALESCE(CASE WHEN isfinite(step_1) THEN step_1 + 0 END, 0.0e0) AS value
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
    (CAST(TRY_CAST(CAST(seen_us AS HUGEINT) - reading_before_at AS BIGINT) AS DOUBLE) / 1000000.0e0) / NULLIF(60.0e0, 0) AS step_1
  FROM longest_silence_24h_inputs
),
longest_silence_24h_series AS (
  SELECT pump_id, seen_us, CASE WHEN isfinite(step_1) THEN step_1 + 0 END AS value
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
air_temperature_at_pump_telemetry_series AS (
  SELECT pump_id, seen_us, arrival_file, arrival_row, air_temperature_c AS value
  FROM pump_house_air_events
),
air_temperature_at_pump_telemetry_places AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY pump_id, seen_us ORDER BY arrival_file DESC, arrival_row DESC) AS place
  FROM air_temperature_at_pump_telemetry_series
  WHERE value IS NOT NULL
),
air_temperature_at_pump_telemetry_latest AS (
  SELECT pump_id, seen_us, value
  FROM air_temperature_at_pump_telemetry_places
  WHERE place = 1
),
air_temperature_at_pump_telemetry_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM air_temperature_at_pump_telemetry_latest
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM pump_telemetry_instants
),
air_temperature_at_pump_telemetry_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    LAST_VALUE(value IGNORE NULLS) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS latest
  FROM air_temperature_at_pump_telemetry_points
),
air_temperature_at_pump_telemetry_window AS (
  SELECT pump_id, event_us, latest
  FROM air_temperature_at_pump_telemetry_frames
  WHERE is_asked
),
air_temperature_at_pump_telemetry AS (
  SELECT pump_id, event_us, latest AS value
  FROM air_temperature_at_pump_telemetry_window
),
bearing_temperature_rise_1h_inputs AS (
  SELECT pump_telemetry_events.*, air_temperature_at_pump_telemetry.value AS air_temperature
  FROM pump_telemetry_events
  LEFT JOIN air_temperature_at_pump_telemetry
    ON air_temperature_at_pump_telemetry.pump_id = pump_telemetry_events.pump_id
    AND air_temperature_at_pump_telemetry.event_us = pump_telemetry_events.seen_us
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
    fsum(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS total,
    fsum(ABS(value)) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS magnitude,
    COUNT(value) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS n
  FROM vibration_mean_1h_points
),
vibration_mean_1h_window AS (
  SELECT pump_id, event_us, total, magnitude, n
  FROM vibration_mean_1h_frames
  WHERE is_asked
),
vibration_mean_1h_cancelled AS (
  SELECT pump_id, event_us
  FROM vibration_mean_1h_window
  WHERE NOT (magnitude IS NULL OR (isfinite(total) AND ABS(total) >= magnitude * 1e-06))
),
vibration_mean_1h_exact_window AS (
  SELECT
    vibration_mean_1h_cancelled.pump_id,
    event_us,
    COALESCE(SUM(CASE WHEN ABS(value) >= 2.5822498780869086e+120 THEN CAST(value AS BIGNUM) END), CAST(0 AS BIGNUM)) AS large,
    COALESCE(SUM(CASE WHEN ABS(value) < 2.5822498780869086e+120 AND ABS(value) >= 8.200532357869981e-143 THEN CAST(value * 5.491838128104488e+157 AS BIGNUM) END), CAST(0 AS BIGNUM)) AS middle,
    COALESCE(SUM(CASE WHEN ABS(value) < 8.200532357869981e-143 THEN CAST(value * 4.4989137945431964e+161 * 4.4989137945431964e+161 AS BIGNUM) END), CAST(0 AS BIGNUM)) AS small
  FROM vibration_mean_1h_cancelled
  LEFT JOIN vibration_mean_1h_series
    ON vibration_mean_1h_series.pump_id = vibration_mean_1h_cancelled.pump_id
    AND seen_us > event_us - 3600000000
    AND seen_us <= event_us
  GROUP BY vibration_mean_1h_cancelled.pump_id, event_us
),
vibration_mean_1h_exact AS (
  SELECT *, TRY_CAST(large AS DOUBLE) AS large_high, TRY_CAST(middle AS DOUBLE) AS middle_high
  FROM vibration_mean_1h_exact_window
),
vibration_mean_1h_exact_2 AS (
  SELECT
    *,
    large_high + middle_high * 1.8208839675781755e-158 + CAST(small AS DOUBLE) * 2.2227587494850775e-162 * 2.2227587494850775e-162 + CAST(large - CAST(large_high AS BIGNUM) AS DOUBLE) + CAST(middle - CAST(middle_high AS BIGNUM) AS DOUBLE) * 1.8208839675781755e-158 AS exact_total
  FROM vibration_mean_1h_exact
),
vibration_mean_1h_totals AS (
  SELECT vibration_mean_1h_window.*, vibration_mean_1h_exact_2.exact_total
  FROM vibration_mean_1h_window
  LEFT JOIN vibration_mean_1h_exact_2
    ON vibration_mean_1h_exact_2.pump_id = vibration_mean_1h_window.pump_id
    AND vibration_mean_1h_exact_2.event_us = vibration_mean_1h_window.event_us
),
vibration_mean_1h_result AS (
  SELECT
    pump_id,
    event_us,
    CASE WHEN magnitude IS NULL OR (isfinite(total) AND ABS(total) >= magnitude * 1e-06) THEN total ELSE exact_total END / NULLIF(n, 0) AS result
  FROM vibration_mean_1h_totals
),
vibration_mean_1h AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
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
),
vibration_p95_1h_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_p95_1h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM vibration_p95_1h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
vibration_p95_1h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    quantile_cont(value, 0.95e0) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 3599999999 PRECEDING AND CURRENT ROW) AS quantile
  FROM vibration_p95_1h_points
),
vibration_p95_1h_window AS (
  SELECT pump_id, event_us, quantile
  FROM vibration_p95_1h_frames
  WHERE is_asked
),
vibration_p95_1h_result AS (
  SELECT pump_id, event_us, quantile AS result
  FROM vibration_p95_1h_window
),
vibration_p95_1h AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
  FROM vibration_p95_1h_result
),
vibration_p95_24h_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_p95_24h_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM vibration_p95_24h_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
vibration_p95_24h_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    quantile_cont(value, 0.95e0) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW) AS quantile
  FROM vibration_p95_24h_points
),
vibration_p95_24h_window AS (
  SELECT pump_id, event_us, quantile
  FROM vibration_p95_24h_frames
  WHERE is_asked
),
vibration_p95_24h_result AS (
  SELECT pump_id, event_us, quantile AS result
  FROM vibration_p95_24h_window
),
vibration_p95_24h AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
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
    CASE WHEN value IS NOT NULL THEN POWER(2.0e0, CAST(seen_us - newest_us AS DOUBLE) / 43200000000.0e0) END AS weight
  FROM vibration_smoothed_rows_2
),
vibration_smoothed_window AS (
  SELECT pump_id, event_us, fsum(value * weight) AS total, fsum(weight) AS weights
  FROM vibration_smoothed_rows_3
  GROUP BY pump_id, event_us
),
vibration_smoothed_result AS (
  SELECT pump_id, event_us, total / NULLIF(weights, 0) AS result
  FROM vibration_smoothed_window
),
vibration_smoothed AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
  FROM vibration_smoothed_result
),
vibration_median_14d_series AS (
  SELECT pump_id, seen_us, vibration_mm_s AS value
  FROM pump_telemetry_events
  WHERE mode = 'run'
),
vibration_median_14d_points AS (
  SELECT pump_id, seen_us AS event_us, seen_us, value, FALSE AS is_asked
  FROM vibration_median_14d_series
  UNION ALL
  SELECT pump_id, event_us, NULL, NULL, TRUE
  FROM spine
),
vibration_median_14d_frames AS (
  SELECT
    pump_id,
    event_us,
    is_asked,
    quantile_cont(value, 0.5e0) OVER (PARTITION BY pump_id ORDER BY event_us RANGE BETWEEN 1209599999999 PRECEDING AND CURRENT ROW) AS quantile
  FROM vibration_median_14d_points
),
vibration_median_14d_window AS (
  SELECT pump_id, event_us, quantile
  FROM vibration_median_14d_frames
  WHERE is_asked
),
vibration_median_14d_result AS (
  SELECT pump_id, event_us, quantile AS result
  FROM vibration_median_14d_window
),
vibration_median_14d AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(result) THEN result + 0 END AS value
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
wear_trend_steps AS (
  SELECT *, (vibration_smoothed / NULLIF(vibration_median_14d, 0)) - 1.0e0 AS step_1
  FROM wear_trend_inputs
),
wear_trend AS (
  SELECT pump_id, event_us, CASE WHEN isfinite(step_1) THEN step_1 + 0 END AS value
  FROM wear_trend_steps
)
SELECT
  spine.pump_id,
  make_timestamp(spine.event_us) AS event_time,
  pump_efficiency_rolling_24h.value AS pump_efficiency_rolling_24h,
  pump_efficiency_baseline.value AS pump_efficiency_baseline,
  pump_efficiency_change.value AS pump_efficiency_change,
  mean_power_7d.value AS mean_power_7d,
  mean_flow_7d.value AS mean_flow_7d,
  specific_energy_7d.value AS specific_energy_7d,
  last_action.value AS last_action,
  make_timestamp(last_overhaul_at.value) AS last_overhaul_at,
  days_since_overhaul.value AS days_since_overhaul,
  overhauls_total.value AS overhauls_total,
  maintenance_cost_30d.value AS maintenance_cost_30d,
  duty_share_24h.value AS duty_share_24h,
  mode_before.value AS mode_before,
  starts_24h.value AS starts_24h,
  make_timestamp(run_began_at.value) AS run_began_at,
  run_minutes.value AS run_minutes,
  make_timestamp(reading_before_at.value) AS reading_before_at,
  longest_silence_24h.value AS longest_silence_24h,
  readings_1h.value AS readings_1h,
  air_temperature.value AS air_temperature,
  bearing_temperature_rise_1h.value AS bearing_temperature_rise_1h,
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
LEFT JOIN mean_power_7d
  ON mean_power_7d.pump_id = spine.pump_id
  AND mean_power_7d.event_us = spine.event_us
LEFT JOIN mean_flow_7d
  ON mean_flow_7d.pump_id = spine.pump_id
  AND mean_flow_7d.event_us = spine.event_us
LEFT JOIN specific_energy_7d
  ON specific_energy_7d.pump_id = spine.pump_id
  AND specific_energy_7d.event_us = spine.event_us
LEFT JOIN last_action
  ON last_action.pump_id = spine.pump_id
  AND last_action.event_us = spine.event_us
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
LEFT JOIN duty_share_24h
  ON duty_share_24h.pump_id = spine.pump_id
  AND duty_share_24h.event_us = spine.event_us
LEFT JOIN mode_before
  ON mode_before.pump_id = spine.pump_id
  AND mode_before.event_us = spine.event_us
LEFT JOIN starts_24h
  ON starts_24h.pump_id = spine.pump_id
  AND starts_24h.event_us = spine.event_us
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
LEFT JOIN air_temperature
  ON air_temperature.pump_id = spine.pump_id
  AND air_temperature.event_us = spine.event_us
LEFT JOIN bearing_temperature_rise_1h
  ON bearing_temperature_rise_1h.pump_id = spine.pump_id
  AND bearing_temperature_rise_1h.event_us = spine.event_us
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

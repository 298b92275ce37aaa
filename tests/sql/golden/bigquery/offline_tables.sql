-- Tables of what `headrace backfill --output` writes, and of what was loaded. load_offline.py runs this.

CREATE TABLE IF NOT EXISTS offline_pump (
  pump_id STRING NOT NULL,
  event_time TIMESTAMP NOT NULL OPTIONS (description = 'The instant that the values hold at, in UTC.'),
  pump_efficiency_rolling_24h FLOAT64 OPTIONS (description = '24-hour rolling average pump efficiency. Version 1.2, owner operations-team.'),
  pump_efficiency_baseline FLOAT64 OPTIONS (description = 'Average efficiency over the seven days that ended 24 hours ago. Version 1.0, owner operations-team.'),
  pump_efficiency_change FLOAT64 OPTIONS (description = 'Efficiency of the last 24 hours relative to the week before, as a fraction. Version 1.0, owner operations-team.'),
  mean_power_7d FLOAT64 OPTIONS (description = 'Mean power over seven days, each reading holding until the next, in kW. Version 1.0, owner energy-team.'),
  mean_flow_7d FLOAT64 OPTIONS (description = 'Mean flow over seven days, each reading holding until the next, in m3 an hour. Version 1.0, owner energy-team.'),
  specific_energy_7d FLOAT64 OPTIONS (description = 'Energy used for each cubic metre over seven days, in kWh. Version 1.0, owner energy-team.'),
  last_action STRING OPTIONS (description = 'What was done to the pump last. Version 1.0, owner maintenance-team.'),
  last_overhaul_at TIMESTAMP OPTIONS (description = 'When the pump was last overhauled. Version 1.0, owner maintenance-team.'),
  days_since_overhaul FLOAT64 OPTIONS (description = 'Days since the last overhaul. Version 1.0, owner maintenance-team.'),
  overhauls_total INT64 OPTIONS (description = 'Overhauls since the log began. Version 1.0, owner maintenance-team.'),
  maintenance_cost_30d FLOAT64 OPTIONS (description = 'Cost of all jobs of the last thirty days, in euros. Version 1.0, owner maintenance-team.'),
  duty_share_24h FLOAT64 OPTIONS (description = 'Share of the last 24 hours in which the pump ran. Version 1.0, owner operations-team.'),
  mode_before STRING OPTIONS (description = 'Mode of the reading before this one, if there was one within half an hour. Version 1.0, owner operations-team.'),
  starts_24h INT64 OPTIONS (description = 'How often the pump was started in 24 hours. Version 1.0, owner operations-team.'),
  run_began_at TIMESTAMP OPTIONS (description = 'When the current run of the pump began; null while it stands still for more than ten minutes. Version 1.0, owner operations-team.'),
  run_minutes FLOAT64 OPTIONS (description = 'For how long the pump has been running without a stop; 0 while it stands still. Version 1.0, owner operations-team.'),
  reading_before_at TIMESTAMP OPTIONS (description = 'Time of the reading before this one. Version 1.0, owner data-team.'),
  longest_silence_24h FLOAT64 OPTIONS (description = 'Longest time without a reading that ended within 24 hours, in minutes. Version 1.0, owner data-team.'),
  readings_1h INT64 OPTIONS (description = 'How many readings arrived with a time in the last hour. Version 1.0, owner data-team.'),
  air_temperature FLOAT64 OPTIONS (description = 'Latest air temperature in the pump house, in degrees Celsius. Version 1.0, owner reliability-team.'),
  bearing_temperature_rise_1h FLOAT64 OPTIONS (description = 'How much warmer the bearing is than the air around it, mean of an hour of running, in kelvin. Version 1.1, owner reliability-team.'),
  temperature_follows_load_24h FLOAT64 OPTIONS (description = 'Correlation of bearing temperature and power while running, over 24 hours. Version 1.0, owner reliability-team.'),
  discharge_pressure_p05_24h FLOAT64 OPTIONS (description = 'Pressure that was undercut for only five percent of the running readings of 24 hours, in bar. Version 1.0, owner operations-team.'),
  vibration_mean_1h FLOAT64 OPTIONS (description = 'Vibration velocity at the bearing while the pump runs, in mm/s. Version 1.0, owner reliability-team.'),
  vibration_mean_24h FLOAT64 OPTIONS (description = 'Vibration velocity at the bearing while the pump runs, in mm/s. Version 1.0, owner reliability-team.'),
  vibration_p95_1h FLOAT64 OPTIONS (description = 'Vibration velocity at the bearing while the pump runs, in mm/s. Version 1.0, owner reliability-team.'),
  vibration_p95_24h FLOAT64 OPTIONS (description = 'Vibration velocity at the bearing while the pump runs, in mm/s. Version 1.0, owner reliability-team.'),
  vibration_max_1h FLOAT64 OPTIONS (description = 'Vibration velocity at the bearing while the pump runs, in mm/s. Version 1.0, owner reliability-team.'),
  vibration_max_24h FLOAT64 OPTIONS (description = 'Vibration velocity at the bearing while the pump runs, in mm/s. Version 1.0, owner reliability-team.'),
  vibration_smoothed FLOAT64 OPTIONS (description = 'Vibration velocity smoothed with a half-life of twelve hours, in mm/s. Version 1.0, owner reliability-team.'),
  vibration_median_14d FLOAT64 OPTIONS (description = 'Median vibration velocity of the last fourteen days, in mm/s. Version 1.0, owner reliability-team.'),
  wear_trend FLOAT64 OPTIONS (description = 'Smoothed vibration relative to the median of the last fourteen days, as a fraction. Version 1.0, owner reliability-team.')
)
PARTITION BY DATE(event_time)
CLUSTER BY pump_id
OPTIONS (
  description = 'Features of pump at each instant, as headrace backfill wrote them.',
  labels = [('headrace_entity', 'pump'), ('headrace_project', 'pumping-station')]
);

CREATE TABLE IF NOT EXISTS headrace_loads (
  table_name STRING NOT NULL,
  day DATE NOT NULL,
  run STRING NOT NULL OPTIONS (description = 'The digest of all that the rows follow from.'),
  num_rows INT64 NOT NULL,
  loaded_at TIMESTAMP NOT NULL
);

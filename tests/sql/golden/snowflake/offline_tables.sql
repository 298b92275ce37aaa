-- Tables of what `headrace backfill --output` writes, and of what was loaded. load_offline.py runs this.

CREATE TABLE IF NOT EXISTS offline_pump (
  pump_id VARCHAR NOT NULL,
  event_time TIMESTAMP_NTZ(6) NOT NULL COMMENT 'The instant that the values hold at, in UTC.',
  pump_efficiency_rolling_24h FLOAT COMMENT '24-hour rolling average pump efficiency. Version 1.2, owner operations-team.',
  pump_efficiency_baseline FLOAT COMMENT 'Average efficiency over the seven days that ended 24 hours ago. Version 1.0, owner operations-team.',
  pump_efficiency_change FLOAT COMMENT 'Efficiency of the last 24 hours relative to the week before, as a fraction. Version 1.0, owner operations-team.',
  mean_power_7d FLOAT COMMENT 'Mean power over seven days, each reading holding until the next, in kW. Version 1.0, owner energy-team.',
  mean_flow_7d FLOAT COMMENT 'Mean flow over seven days, each reading holding until the next, in m3 an hour. Version 1.0, owner energy-team.',
  specific_energy_7d FLOAT COMMENT 'Energy used for each cubic metre over seven days, in kWh. Version 1.0, owner energy-team.',
  last_action VARCHAR COMMENT 'What was done to the pump last. Version 1.0, owner maintenance-team.',
  last_overhaul_at TIMESTAMP_NTZ(6) COMMENT 'When the pump was last overhauled. Version 1.0, owner maintenance-team.',
  days_since_overhaul FLOAT COMMENT 'Days since the last overhaul. Version 1.0, owner maintenance-team.',
  overhauls_total NUMBER(38, 0) COMMENT 'Overhauls since the log began. Version 1.0, owner maintenance-team.',
  maintenance_cost_30d FLOAT COMMENT 'Cost of all jobs of the last thirty days, in euros. Version 1.0, owner maintenance-team.',
  duty_share_24h FLOAT COMMENT 'Share of the last 24 hours in which the pump ran. Version 1.0, owner operations-team.',
  mode_before VARCHAR COMMENT 'Mode of the reading before this one, if there was one within half an hour. Version 1.0, owner operations-team.',
  starts_24h NUMBER(38, 0) COMMENT 'How often the pump was started in 24 hours. Version 1.0, owner operations-team.',
  run_began_at TIMESTAMP_NTZ(6) COMMENT 'When the current run of the pump began; null while it stands still for more than ten minutes. Version 1.0, owner operations-team.',
  run_minutes FLOAT COMMENT 'For how long the pump has been running without a stop; 0 while it stands still. Version 1.0, owner operations-team.',
  reading_before_at TIMESTAMP_NTZ(6) COMMENT 'Time of the reading before this one. Version 1.0, owner data-team.',
  longest_silence_24h FLOAT COMMENT 'Longest time without a reading that ended within 24 hours, in minutes. Version 1.0, owner data-team.',
  readings_1h NUMBER(38, 0) COMMENT 'How many readings arrived with a time in the last hour. Version 1.0, owner data-team.',
  air_temperature FLOAT COMMENT 'Latest air temperature in the pump house, in degrees Celsius. Version 1.0, owner reliability-team.',
  bearing_temperature_rise_1h FLOAT COMMENT 'How much warmer the bearing is than the air around it, mean of an hour of running, in kelvin. Version 1.1, owner reliability-team.',
  temperature_follows_load_24h FLOAT COMMENT 'Correlation of bearing temperature and power while running, over 24 hours. Version 1.0, owner reliability-team.',
  discharge_pressure_p05_24h FLOAT COMMENT 'Pressure that was undercut for only five percent of the running readings of 24 hours, in bar. Version 1.0, owner operations-team.',
  vibration_mean_1h FLOAT COMMENT 'Vibration velocity at the bearing while the pump runs, in mm/s. Version 1.0, owner reliability-team.',
  vibration_mean_24h FLOAT COMMENT 'Vibration velocity at the bearing while the pump runs, in mm/s. Version 1.0, owner reliability-team.',
  vibration_p95_1h FLOAT COMMENT 'Vibration velocity at the bearing while the pump runs, in mm/s. Version 1.0, owner reliability-team.',
  vibration_p95_24h FLOAT COMMENT 'Vibration velocity at the bearing while the pump runs, in mm/s. Version 1.0, owner reliability-team.',
  vibration_max_1h FLOAT COMMENT 'Vibration velocity at the bearing while the pump runs, in mm/s. Version 1.0, owner reliability-team.',
  vibration_max_24h FLOAT COMMENT 'Vibration velocity at the bearing while the pump runs, in mm/s. Version 1.0, owner reliability-team.',
  vibration_smoothed FLOAT COMMENT 'Vibration velocity smoothed with a half-life of twelve hours, in mm/s. Version 1.0, owner reliability-team.',
  vibration_median_14d FLOAT COMMENT 'Median vibration velocity of the last fourteen days, in mm/s. Version 1.0, owner reliability-team.',
  wear_trend FLOAT COMMENT 'Smoothed vibration relative to the median of the last fourteen days, as a fraction. Version 1.0, owner reliability-team.'
)
CLUSTER BY (TO_DATE(event_time), pump_id)
COMMENT = 'Features of pump at each instant, as headrace backfill wrote them.';

CREATE TABLE IF NOT EXISTS headrace_loads (
  table_name VARCHAR NOT NULL,
  day DATE NOT NULL,
  run VARCHAR NOT NULL COMMENT 'The digest of all that the rows follow from.',
  num_rows NUMBER(38, 0) NOT NULL,
  loaded_at TIMESTAMP_NTZ(6) NOT NULL
);

"""Prints online values of pumps as JSON, doubles as hexadecimal: read_online.py REPOSITORY YAML PUMP.."""
import json
import sys
from pathlib import Path

from feast import FeatureStore

folder, configuration, *pumps = sys.argv[1:]
store = FeatureStore(folder, fs_yaml_file=Path(configuration))
names = ["vibration_max_24h", "starts_24h", "mode_before", "pump_efficiency_rolling_24h"]
answer = store.get_online_features(features=[f"pump:{name}" for name in names], entity_rows=[{"pump_id": pump} for pump in pumps])
found = {name: [value.hex() if isinstance(value, float) else value for value in values] for name, values in answer.to_dict().items()}
print(json.dumps(found))

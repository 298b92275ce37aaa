#!/usr/bin/env python3
"""How much the features say about arrival delays: mean absolute errors of three small models, trained on January to
September and tested on October to December. Reads train.parquet, which `headrace dataset` has written."""
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
TARGET = "arr_delay"
NOT_FEATURES = {"carrier", "origin", "flight", "dest", "scheduled_departure", TARGET}


def inputs(rows, fill):
    """Features, distance and hour as a matrix with a column of ones; what is missing is filled by the training mean."""
    columns = rows[sorted(set(rows.columns) - NOT_FEATURES)].astype(float).fillna(fill)
    angle = rows["scheduled_departure"].dt.tz_convert("America/New_York").dt.hour * (2 * np.pi / 24)
    return np.column_stack([columns, np.sin(angle), np.cos(angle), np.ones(len(rows))])


def main():
    rows = pd.read_parquet(HERE / "train.parquet")
    cut = pd.Timestamp("2013-10-01", tz="America/New_York")
    train, test = rows[rows["scheduled_departure"] < cut], rows[rows["scheduled_departure"] >= cut]
    fill = train[sorted(set(train.columns) - NOT_FEATURES)].astype(float).mean()
    mean = train[TARGET].mean()
    # Minutes of delay have a long tail: a linear model is fitted to clipped ones.
    weights, *_ = np.linalg.lstsq(inputs(train, fill), train[TARGET].clip(-60, 120).to_numpy(), rcond=None)
    guesses = {
        "mean of all flights of the training months": np.full(len(test), mean),
        "mean of the carrier's last 20 landed flights": test["carrier_arrival_delay_last_20"].fillna(mean),
        "linear model of all features": inputs(test, fill) @ weights,
    }
    print(f"{len(train):,} flights to learn from, {len(test):,} to test on; mean absolute error in minutes:")
    for name, guess in guesses.items():
        print(f"  {name:<46}{np.abs(test[TARGET] - guess).mean():6.2f}")


if __name__ == "__main__":
    main()

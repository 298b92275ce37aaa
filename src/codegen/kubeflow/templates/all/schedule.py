"""Makes the recurring run that computes each day after its end.

    python schedule.py --package PIPELINE.yaml --settings settings.json --start 2024-03-02T00:00:00Z [--host URL]

One run at a time, because one run at a time writes a store; with catch-up, so that no day is left out.
"""

import argparse
import json
import sys

import kfp

CRON = "0 0 1 * * *"  # with seconds: at 01:00 UTC, after the end of the day
DAY = "[[ScheduledTime.2006-01-02]]"  # Kubeflow puts the date in place of that layout


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", required=True, help="what `python pipeline.py --output` wrote")
    parser.add_argument("--settings", required=True, help="a file with the parameter `settings` as JSON")
    parser.add_argument("--start", required=True, help="RFC 3339: the end of the first day")
    parser.add_argument("--name", default="a day of features", help="of the recurring run")
    parser.add_argument("--experiment", default="Default")
    parser.add_argument("--cron", default=CRON, help=f"default: {CRON}")
    parser.add_argument("--host", help="of Kubeflow Pipelines; default: as kfp finds it")
    parser.add_argument("--namespace", help="of the experiment, where users have their own")
    options = parser.parse_args(arguments)
    try:
        with open(options.settings, encoding="utf-8") as file:
            settings = json.load(file)
    except (OSError, ValueError) as error:
        print(f"error: {options.settings}: {error}", file=sys.stderr)
        return 2

    client = kfp.Client(host=options.host, namespace=options.namespace or "kubeflow")
    experiment = client.create_experiment(options.experiment, namespace=options.namespace)
    made = client.create_recurring_run(
        experiment_id=experiment.experiment_id,
        job_name=options.name,
        pipeline_package_path=options.package,
        params={"settings": settings, "scheduled": DAY},
        cron_expression=options.cron,
        start_time=options.start,
        max_concurrency=1,
        no_catchup=False,
        enable_caching=False,
    )
    print(f"recurring run {made.recurring_run_id}: {options.name}, from {options.start}, {options.cron}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

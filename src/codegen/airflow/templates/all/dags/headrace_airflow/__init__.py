"""What the DAGs of all projects share: settings, messages, deadlines, and how the work of an engine is a task."""

"""What the pipelines of all projects share while they are compiled."""

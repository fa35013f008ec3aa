"""What a running hub tells of itself: logs, metrics, traces. Never anything of a household."""

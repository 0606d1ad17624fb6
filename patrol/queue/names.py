"""Key names in Valkey or Redis. All that Patrol keeps there begins with `patrol:`."""

CANDIDATES = "patrol:candidates"
"""Stream, durable: candidate events. Read by the group DESK_GROUP."""

DEAD_LETTERS = "patrol:dead"
"""Stream: events that could not be taken in after several deliveries, with the reason."""

WORKERS = "patrol:workers"
"""Hash: worker id -> WorkerStatus as JSON. Rewritten every two seconds; need not last."""

DESK_GROUP = "desk"

REPLIES = "patrol:replies:"


def acks(worker_id: str) -> str:
    """Stream: what the desk's database holds of this worker's candidates."""
    return f"patrol:acks:{worker_id}"


def commands(worker_id: str) -> str:
    """Stream: commands to a worker. Need not last."""
    return f"patrol:commands:{worker_id}"


def reply(request_id: str) -> str:
    """List: takes the one reply to a command. Expires. A worker answers under no other prefix."""
    return f"{REPLIES}{request_id}"

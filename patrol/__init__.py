"""Patrol watches a county's cameras and turns what it sees into incidents that somebody answers.

Two rooms and one door. Read the packages in the order in which a picture flows:

    core      the nouns, the protocols, the error tree: no I/O
    config    streams.yaml and the environment, as one frozen tree
    vision    sources > decode > gating > detection > analytics > candidates; media; worker.py wires them
    queue     the door: wire format, outbox, publish, consume, the embedded Valkey
    desk      intake, triage, people, store; service.py wires them
    console   the HTTP API and the page
    bench     camera farm and benchmarks
    cli       one file a subcommand
"""

__version__ = "0.1.0"

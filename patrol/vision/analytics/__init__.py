"""Analytics: one file measures one thing in one zone. The file's name is what a rule says in `use:`.

A plug-in exports `Params` (a frozen dataclass whose values are checked in `__post_init__`), `KIND` (the
candidate's kind in the glossary's words) and `build(params, zone) -> Analytic`. Timing (`for_s`, `clear_s`,
`share`) is not its business: see `patrol.vision.candidates.debounce`. It may export `TIMING`, defaults for
these three.
"""

"""Second looks: one file looks for fishing gear in a crop of the full picture, in one way.

A plug-in exports `Params` (a frozen dataclass) and `build(params, base) -> SecondLook`; `base` is the folder
of streams.yaml, under which relative paths lie. The file's name is what `second_looks: {NAME: {plugin: ...}}`
says.
"""

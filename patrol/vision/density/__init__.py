"""Density networks: one file runs one sort of model that says how many people stand where.

A plug-in exports `Params` (a frozen dataclass) and `build(params, base) -> DensityNetwork`; `base` is the
folder of streams.yaml, under which relative paths lie. The file's name is what
`density_networks: {NAME: {plugin: ...}}` says.
"""

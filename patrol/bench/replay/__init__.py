"""Replay: the vision room on a virtual clock, over a clip instead of a camera.

`replaying.replay` is the whole of it; `nouns` says what goes in and what comes out. It is exact: every frame
is decoded on one thread, looks are taken by the virtual clock, the detector computes in f32 one picture at a
time, and nothing asks for the real time. The same clip and the same configuration give the same answer.

What differs from a worker on the same footage: looks are not bound to keyframes, no frame is ever missed, the
loop filter is on (a worker decodes single keyframes without it), and no evidence is made.
"""

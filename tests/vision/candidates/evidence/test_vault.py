from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.core.errors import DiskFull, EvidenceError
from patrol.vision.candidates.evidence.vault import Vault

PLENTY = 10**12


def vault(
    folder: Path, *, quota: int = 10**6, low: int = 0, free: Callable[[Path], int] = lambda _: PLENTY
) -> Vault:
    return Vault(folder / "evidence", quota, low, free)


def files(folder: Path) -> list[Path]:
    return sorted(p.relative_to(folder / "evidence") for p in folder.rglob("*") if p.is_file())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_stored_is_found_by_its_hash(tmp_path: Path) -> None:
    v = vault(tmp_path)
    sha256, size = v.store_bytes(b"picture", "jpg")
    assert (sha256, size) == (hashlib.sha256(b"picture").hexdigest(), 7)
    piece = v.find(sha256)
    assert piece is not None
    assert (piece.size, piece.media_type, piece.original) == (7, "image/jpeg", False)
    assert files(tmp_path) == [Path("shown", sha256[:2], f"{sha256}.jpg")]
    with v.open(sha256) as file:
        assert file.read() == b"picture"
    assert v.verify(sha256)
    assert v.used_bytes == 7


def test_originals_lie_apart_and_nobody_else_can_read_anything(tmp_path: Path) -> None:
    v = vault(tmp_path)
    path = v.new_temp()
    path.write_bytes(b"clip")
    path.chmod(0o644)
    sha256, _ = v.store_file(path, "mp4", original=True)
    v.store_bytes(b"picture", "jpg")
    piece = v.find(sha256)
    assert piece is not None
    assert piece.original
    assert piece.path == tmp_path / "evidence" / "originals" / sha256[:2] / f"{sha256}.mp4"
    assert not path.exists()
    assert {mode(p) for p in (tmp_path / "evidence").rglob("*") if p.is_file()} == {0o600}
    assert {mode(p) for p in (tmp_path / "evidence").rglob("*") if p.is_dir()} == {0o700}
    assert mode(tmp_path / "evidence") == 0o700


def test_the_same_bytes_are_stored_once(tmp_path: Path) -> None:
    v = vault(tmp_path)
    assert v.store_bytes(b"same", "jpg") == v.store_bytes(b"same", "jpg")
    assert v.used_bytes == 4
    assert len(files(tmp_path)) == 1


def test_a_restart_finds_everything_and_clears_what_was_unfinished(tmp_path: Path) -> None:
    first = vault(tmp_path)
    kept, _ = first.store_bytes(b"kept", "jpg")
    first.new_temp().write_bytes(b"half a clip")
    (tmp_path / "evidence" / "shown" / kept[:2] / "notes.txt").write_text("not ours")
    (tmp_path / "evidence" / "shown" / kept[:2] / f"{'0' * 64}.jpg").symlink_to("/etc/hostname")

    again = vault(tmp_path)

    assert again.used_bytes == 4
    assert again.verify(kept)
    assert again.find("0" * 64) is None
    assert list((tmp_path / "evidence" / "tmp").iterdir()) == []
    assert (tmp_path / "evidence" / "shown" / kept[:2] / "notes.txt").exists()


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 65, "0" * 64 + "\n"]
)
def test_only_hashes_are_looked_up(name: str, tmp_path: Path) -> None:
    v = vault(tmp_path)
    assert v.find(name) is None
    assert not v.verify(name)
    assert not v.delete(name)
    with pytest.raises(EvidenceError, match="no evidence"):
        v.open(name)


def test_damage_is_noticed(tmp_path: Path) -> None:
    v = vault(tmp_path)
    sha256, _ = v.store_bytes(b"whole", "jpg")
    piece = v.find(sha256)
    assert piece is not None
    piece.path.write_bytes(b"whol3")
    assert not v.verify(sha256)
    piece.path.unlink()
    assert not v.verify(sha256)
    v.store_bytes(b"whole", "jpg")
    assert v.verify(sha256)
    assert v.used_bytes == 5


def test_the_oldest_goes_first_and_no_more_than_needed(tmp_path: Path) -> None:
    v = vault(tmp_path, quota=100)
    old, middle, new = (v.store_bytes(bytes([i]) * 30, "jpg")[0] for i in range(3))
    assert v.make_room(20, [old, middle, new]) == (old,)
    assert v.find(old) is None
    assert v.used_bytes == 60
    assert v.make_room(40, [middle]) == ()


def test_nothing_goes_where_that_would_not_be_enough(tmp_path: Path) -> None:
    v = vault(tmp_path, quota=100)
    old, new = (v.store_bytes(bytes([i]) * 40, "jpg")[0] for i in range(2))
    with pytest.raises(DiskFull, match="quota"):
        v.make_room(90, [old])
    assert v.verify(old)
    assert v.verify(new)
    with pytest.raises(DiskFull, match="quota"):
        v.store_bytes(b"x" * 21, "jpg")
    assert v.store_bytes(b"x" * 20, "jpg")[1] == 20


def test_hashes_that_are_gone_or_twice_do_not_count(tmp_path: Path) -> None:
    v = vault(tmp_path, quota=100)
    old, new = (v.store_bytes(bytes([i]) * 50, "jpg")[0] for i in range(2))
    assert v.make_room(100, ["f" * 64, old, old, "nonsense", new]) == (old, new)


def test_the_low_water_mark_is_kept(tmp_path: Path) -> None:
    taken = [0]
    v = vault(tmp_path, low=1000, free=lambda _: 1100 - taken[0])
    sha256, _ = v.store_bytes(b"x" * 60, "jpg")
    taken[0] = 60
    assert v.shortage() == ""
    with pytest.raises(DiskFull, match=r"nearly full.*free some space"):
        v.store_bytes(b"y" * 60, "jpg")
    assert v.make_room(60, [sha256]) == (sha256,)
    taken[0] = 101
    assert "nearly full" in v.shortage()
    with pytest.raises(DiskFull):
        v.make_room(1, [])
    assert list((tmp_path / "evidence" / "tmp").iterdir()) == []


def test_a_file_that_does_not_fit_is_removed(tmp_path: Path) -> None:
    v = vault(tmp_path, quota=10)
    path = v.new_temp()
    path.write_bytes(b"x" * 11)
    with pytest.raises(DiskFull):
        v.store_file(path, "mp4")
    assert files(tmp_path) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("srm"), st.binary(max_size=40)), max_size=25))
def test_what_is_used_is_what_lies_there_and_stays_within_the_quota(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, bytes]]
) -> None:
    folder = tmp_path_factory.mktemp("law")
    v, known = vault(folder, quota=120), list[str]()
    for step, data in steps:
        try:
            if step == "s":
                known.append(v.store_bytes(data, "jpg")[0])
            elif step == "r" and known:
                v.delete(known[len(data) % len(known)])
            else:
                v.make_room(len(data), known)
        except DiskFull:
            assert v.used_bytes + len(data) > 120
        lying = sum((folder / "evidence" / p).stat().st_size for p in files(folder))
        assert v.used_bytes == lying <= 120
    assert vault(folder, quota=120).used_bytes == v.used_bytes


FULL_DISK = """
import resource, sys
from pathlib import Path
from patrol.core.errors import DiskFull
from patrol.vision.candidates.evidence.vault import Vault
vault = Vault(Path(sys.argv[1]) / "evidence", 10**9, 0)
small, _ = vault.store_bytes(b"x" * 1000, "jpg")
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
try:
    vault.store_bytes(b"y" * 10000, "jpg")
except DiskFull as error:
    print("DiskFull:", error)
print(vault.used_bytes, vault.verify(small))
"""


def test_a_disk_that_says_no_midway_leaves_nothing_behind(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])},
    )
    assert "DiskFull: cannot write evidence in" in answer.stdout
    assert "the disk is full" in answer.stdout
    assert answer.stdout.splitlines()[-1] == "1000 True"
    assert len(files(tmp_path)) == 1


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("a file")
    with pytest.raises(EvidenceError, match="cannot use the evidence folder"):
        vault(tmp_path)

"""Last looks, relayed from the workers: one fetch a look, however many pages show it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from patrol.core.errors import DeliveryError
from patrol.desk.intake.fetch import bearer, media_address
from patrol.desk.service import Desk

MAX_LOOK = 4_000_000
"""Bytes. A look of 1280 px as JPEG has about 150 kB."""
KEPT = 100
"""Looks kept: about 15 MB."""
_TIMEOUT = httpx.Timeout(5.0)
"""Seconds: more, and the look would be older than the next one."""


@dataclass(frozen=True, slots=True)
class LookPicture:
    """A look as the worker gave it; `at` is RFC 3339."""

    jpeg: bytes
    look_id: str
    at: str


class NoLook(DeliveryError):  # noqa: N818  named after what happened
    """The worker has none of this camera that it can show."""


class NoCamera(DeliveryError):  # noqa: N818
    """No worker has this camera."""


class Looks:
    """Fetches looks from the workers' media endpoints. For one event loop."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kept: OrderedDict[str, LookPicture] = OrderedDict()
        self._fetching: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, camera_id: str, look_id: str) -> LookPicture:
        """The camera's last look; the one of `look_id` is not asked for twice.

        Raises:
            NoCamera, NoLook: see there.
            DeliveryError: the worker is not reachable.
        """
        found = self._desk.roster.find_camera(camera_id)
        if found is None:
            raise NoCamera(f"no worker has a camera {camera_id!r}")
        seen, _ = found
        worker_id = seen.status.worker_id
        async with self._fetching[camera_id]:
            kept = self._kept.get(camera_id)
            if kept is not None and look_id and kept.look_id == look_id:
                return kept
            if seen.stale:
                raise DeliveryError(f"worker {worker_id} has been silent for {seen.silent_s:.0f} s: no look")
            picture = await self._fetch(seen.status.media_url, worker_id, camera_id, kept)
            self._keep(camera_id, picture)
            return picture

    def _keep(self, camera_id: str, picture: LookPicture) -> None:
        self._kept[camera_id] = picture
        self._kept.move_to_end(camera_id)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    async def _fetch(
        self, base: str, worker_id: str, camera_id: str, kept: LookPicture | None
    ) -> LookPicture:
        url = media_address(base, f"looks/{quote(camera_id, safe='')}.jpg")
        headers = bearer(self._desk.media_token)
        if kept is not None:
            headers["If-None-Match"] = f'"{kept.look_id}"'
        try:
            async with self._desk.http.stream("GET", url, headers=headers, timeout=_TIMEOUT) as response:
                if response.status_code == httpx.codes.NOT_MODIFIED and kept is not None:
                    return kept
                return await _read(response, worker_id, camera_id)
        except httpx.HTTPError as error:
            raise DeliveryError(
                f"the media endpoint of worker {worker_id} does not answer ({type(error).__name__})"
            ) from None


async def _read(response: httpx.Response, worker_id: str, camera_id: str) -> LookPicture:
    if response.status_code == httpx.codes.NOT_FOUND:
        raise NoLook(f"camera {camera_id} has no look that can be shown yet")
    kind = response.headers.get("content-type", "").partition(";")[0]
    if response.status_code != httpx.codes.OK or kind != "image/jpeg":
        raise DeliveryError(
            f"worker {worker_id} answers with status {response.status_code} and {kind or 'nothing'}, no look"
        )
    jpeg = bytearray()
    async for chunk in response.aiter_raw():
        jpeg += chunk
        if len(jpeg) > MAX_LOOK:
            raise DeliveryError(f"worker {worker_id} sends a look of more than {MAX_LOOK} bytes")
    at, look_id = (response.headers.get(name, "") for name in ("x-look-at", "x-look-id"))
    return LookPicture(bytes(jpeg), look_id, at)

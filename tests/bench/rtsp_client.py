"""A client that shows what is on the wire; PyAV shows what a player makes of it."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from patrol.bench.farm import HOST, Farm


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True)
class Rtp:
    sequence: int
    ticks: int
    marked: bool
    payload: bytes


class RtspClient:
    def __init__(self, farm: Farm, camera: str, timeout_s: float = 30.0) -> None:
        self._url = farm.url(camera)
        self._socket = socket.create_connection((HOST, farm.port), timeout_s)
        self._stream = self._socket.makefile("rb")
        self._cseq = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self._socket.close()

    def timeout(self, seconds: float) -> None:
        self._socket.settimeout(seconds)

    def send_raw(self, data: bytes) -> None:
        self._socket.sendall(data)

    def request(self, method: str, *headers: str, url: str | None = None) -> Answer:
        self._cseq += 1
        lines = [f"{method} {url or self._url} RTSP/1.0", f"CSeq: {self._cseq}", *headers, "", ""]
        self.send_raw("\r\n".join(lines).encode())
        answer = self.answer()
        assert answer.headers["cseq"] == str(self._cseq)
        return answer

    def answer(self) -> Answer:
        while (first := self._stream.read(1)) == b"$":
            self._stream.read(struct.unpack(">xH", self._stream.read(3))[0])
        start, *lines = self._head(first).split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = self._stream.read(int(headers.get("content-length", "0"))).decode()
        return Answer(int(start.split(" ")[1]), headers, body)

    def _head(self, head: bytes) -> str:
        while not head.endswith(b"\r\n\r\n"):
            byte = self._stream.read(1)
            if not byte:
                raise ConnectionError("closed before the answer ended")
            head += byte
        return head.decode().removesuffix("\r\n\r\n")

    def play(self) -> None:
        assert self.request("DESCRIBE").status == 200
        assert self.request("SETUP", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1").status == 200
        assert self.request("PLAY").status == 200

    def packet(self) -> Rtp:
        """The next RTP packet; raises TimeoutError in a silence and ConnectionError at the end."""
        head = self._stream.read(4)
        if len(head) < 4:
            raise ConnectionError("closed")
        marker, _channel, size = struct.unpack(">cBH", head)
        assert marker == b"$"
        data = self._stream.read(size)
        _version, kind, sequence, ticks = struct.unpack_from(">BBHI", data)
        return Rtp(sequence, ticks, bool(kind & 0x80), data[12:])

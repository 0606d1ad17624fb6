"""A small RTSP server over TCP that misbehaves on request: the bad cameras of the world, on loopback.

It serves access units from `tests.media` as RTP interleaved in the RTSP connection (RFC 2326, 6184, 7798).
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import random
import re
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

from patrol.core import annexb
from tests.media import ClipSpec, Encoded, encode

MTU = 1400
REALM, NONCE = "stub", "5ca1ab1e"


@dataclass(frozen=True)
class Faults:
    """What is wrong with the camera. The default is a good one.

    Attributes:
        login: user and password that it asks for.
        digest: by Digest instead of Basic.
        redirect: DESCRIBE is answered with 302 to this address, after the login.
        status: DESCRIBE is answered with this.
        silent: `accept`: nothing is ever answered; `play`: PLAY is answered, and nothing follows.
        silent_after: frames after which nothing more is sent.
        close_after: frames after which the connection is closed.
        nonsense: bytes that are sent instead of the answer to DESCRIBE.
        audio_only: the SDP has no video.
        keyframes: send them at all.
        sets_in_sdp: tell the parameter sets in the SDP.
        sets_in_band: send them with each keyframe.
        damage: `garbage`: random payloads; `truncated`: packets cut short; `mutated`: a few bytes changed;
            `lost`: one in ten RTP packets is missing.
        seed: of the damage.
        session_name: bytes of the SDP's `s=` line.
    """

    login: tuple[str, str] | None = None
    digest: bool = False
    redirect: str = ""
    status: int = 200
    silent: Literal["", "accept", "play"] = ""
    silent_after: int | None = None
    close_after: int | None = None
    nonsense: bytes = b""
    audio_only: bool = False
    keyframes: bool = True
    sets_in_sdp: bool = True
    sets_in_band: bool = True
    damage: Literal["", "garbage", "truncated", "mutated", "lost"] = ""
    seed: int = 0
    session_name: bytes = b"stub"


class RtspStub:
    """The server. Use it as a context manager; `faults` may be replaced while it runs.

    Attributes:
        requests: every request as it came, one string each.
        connections: connections accepted so far.
    """

    def __init__(self, *specs: ClipSpec, faults: Faults = Faults(), speed: float = 4.0) -> None:
        self.specs: Sequence[ClipSpec] = specs or (ClipSpec(),)
        for spec in self.specs:
            encode(spec)  # kept: the first client must not wait for it, whose limit may be what is tested
        self.faults = faults
        self.requests: list[str] = []
        self.connections = 0
        self._interval = 1 / (self.specs[0].fps * speed)
        self._stopped = threading.Event()
        self._open: set[socket.socket] = set()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def url(self, path: str = "/cam1", host: str = "127.0.0.1") -> str:
        return f"rtsp://{host}:{self.port}{path}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.drop_connections()
        for thread in list(self._threads):
            thread.join(5)

    def drop_connections(self) -> None:
        """Close every connection: the camera is gone."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            self._open.add(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _Connection(self, connection, self.faults, self._interval, self._stopped).run()
        self._open.discard(connection)


class _Connection:
    def __init__(
        self,
        stub: RtspStub,
        link: socket.socket,
        faults: Faults,
        interval: float,
        stopped: threading.Event,
    ) -> None:
        self._stub, self._link, self._faults = stub, link, faults
        self._interval, self._stopped = interval, stopped
        self._codec = stub.specs[0].codec

    def run(self) -> None:
        buffer = b""
        while not self._stopped.is_set():
            more = self._link.recv(65536)
            if not more:
                return
            if self._faults.silent == "accept":
                continue
            buffer += more
            while (end := buffer.find(b"\r\n\r\n")) >= 0:
                request, buffer = buffer[: end + 4].decode("latin1"), buffer[end + 4 :]
                self._stub.requests.append(request)
                if not self._answer(request):
                    return

    def _answer(self, request: str) -> bool:
        method, url = request.split()[:2]
        found = re.search(r"(?i)cseq:\s*(\d+)", request)
        cseq = found.group(1) if found else "0"
        if method == "OPTIONS":
            self._reply(cseq, 200, "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER\r\n")
        elif method == "DESCRIBE":
            self._describe(cseq, url, request)
        elif method == "SETUP":
            self._reply(
                cseq, 200, "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1;timeout=60\r\n"
            )
        elif method == "PLAY":
            self._reply(cseq, 200, "Session: 1\r\n")
            return self._play()
        else:
            self._reply(cseq, 200, "Session: 1\r\n")
        return method != "TEARDOWN"

    def _describe(self, cseq: str, url: str, request: str) -> None:
        faults = self._faults
        if faults.nonsense:
            self._link.sendall(faults.nonsense)
        elif faults.login and not _allowed(request, faults.login, digest=faults.digest):
            scheme = f'Digest realm="{REALM}", nonce="{NONCE}"' if faults.digest else f'Basic realm="{REALM}"'
            self._reply(cseq, 401, f"WWW-Authenticate: {scheme}\r\n")
        elif faults.redirect:
            self._reply(cseq, 302, f"Location: {faults.redirect}\r\n")
        elif faults.status != 200:
            self._reply(cseq, faults.status, "")
        else:
            self._reply(cseq, 200, f"Content-Base: {url}/\r\nContent-Type: application/sdp\r\n", self._sdp())

    def _reply(self, cseq: str, status: int, headers: str, body: bytes = b"") -> None:
        head = f"RTSP/1.0 {status} Stub\r\nCSeq: {cseq}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        self._link.sendall(head.encode("latin1") + body)

    def _sdp(self) -> bytes:
        media = "m=audio 0 RTP/AVP 0\r\na=control:trackID=0\r\n"
        if not self._faults.audio_only:
            rate = {"h264": "H264", "hevc": "H265"}[self._codec]
            media = (
                f"m=video 0 RTP/AVP 96\r\na=rtpmap:96 {rate}/90000\r\n{self._fmtp()}a=control:trackID=0\r\n"
            )
        head = b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=" + self._faults.session_name
        return head + b"\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\na=control:*\r\n" + media.encode()

    def _fmtp(self) -> str:
        if not self._faults.sets_in_sdp:
            return "a=fmtp:96 packetization-mode=1\r\n" if self._codec == "h264" else ""
        found = annexb.parameter_sets(self._codec, encode(self._stub.specs[0])[0].data)
        text = {kind: base64.b64encode(units[0]).decode() for kind, units in found.items()}
        if self._codec == "h264":
            return f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={text[7]},{text[8]}\r\n"
        return f"a=fmtp:96 sprop-vps={text[32]};sprop-sps={text[33]};sprop-pps={text[34]}\r\n"

    def _play(self) -> bool:
        faults = self._faults
        if faults.silent == "play":
            return True
        sender = _Sender(self._codec, faults)
        for index, access in enumerate(self._frames()):
            if faults.close_after == index or self._stopped.wait(self._interval):
                return False
            if faults.silent_after == index:
                return True
            self._link.sendall(sender.packets(access, index))
        return False

    def _frames(self) -> Iterator[Encoded]:
        """The clips one after the other, the last one for ever."""
        specs = list(self._stub.specs)
        while True:
            for access in encode(specs[0]):
                if self._faults.keyframes or not access.is_keyframe:
                    yield access
            if len(specs) > 1:
                specs.pop(0)


class _Sender:
    """Access units to interleaved RTP, damaged as wished."""

    def __init__(self, codec: str, faults: Faults) -> None:
        self._codec, self._faults = codec, faults
        self._random = random.Random(faults.seed)
        self._sequence = 0

    def packets(self, access: Encoded, index: int) -> bytes:
        units = list(annexb.units(access.data))
        if not self._faults.sets_in_band:
            sets = annexb.PARAMETER_SETS[self._codec]
            units = [unit for unit in units if annexb.unit_type(self._codec, unit) not in sets]
        payloads = [payload for unit in units for payload in fragments(self._codec, unit)]
        out = bytearray()
        for at, payload in enumerate(payloads):
            marker = 0x80 if at == len(payloads) - 1 else 0
            stamp = index * 3600 & 0xFFFFFFFF
            head = struct.pack(">BBHII", 0x80, 96 | marker, self._sequence & 0xFFFF, stamp, 0x1234)
            self._sequence += 1
            if self._faults.damage != "lost" or self._random.random() > 0.1:
                out += self._framed(head, payload)
        return bytes(out)

    def _framed(self, head: bytes, payload: bytes) -> bytes:
        damage = self._faults.damage
        if damage == "garbage":
            payload = self._random.randbytes(len(payload))
        packet = head + payload
        if damage == "truncated" and self._random.random() < 0.3:
            packet = packet[: self._random.randrange(len(packet))]
        framed = b"$\0" + struct.pack(">H", len(packet)) + packet
        return self._mutated(framed) if damage == "mutated" else framed

    def _mutated(self, framed: bytes) -> bytes:
        changed = bytearray(framed)
        while self._random.random() < 0.4:
            changed[self._random.randrange(len(changed))] = self._random.randrange(256)
        if self._random.random() < 0.02:
            del changed[self._random.randrange(len(changed)) :]
        return bytes(changed)


def fragments(codec: str, unit: bytes) -> list[bytes]:
    """RTP payloads of one unit: itself, or its fragments (FU-A; FU)."""
    if len(unit) <= MTU:
        return [unit]
    kind = annexb.unit_type(codec, unit)
    if codec == "h264":
        head, body = bytes([unit[0] & 0xE0 | 28]), unit[1:]
    else:
        head, body = bytes([unit[0] & 0x81 | 49 << 1, unit[1]]), unit[2:]
    starts = range(0, len(body), MTU)
    flags = [(0x80 if at == 0 else 0) | (0x40 if at + MTU >= len(body) else 0) for at in starts]
    return [head + bytes([flag | kind]) + body[at : at + MTU] for at, flag in zip(starts, flags, strict=True)]


def _allowed(request: str, login: tuple[str, str], *, digest: bool) -> bool:
    found = re.search(r"(?i)^authorization:\s*(.+?)\r$", request, re.MULTILINE)
    if not found:
        return False
    value, (user, password) = found.group(1), login
    if not digest:
        return value == "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    fields = dict(re.findall(r'(\w+)="([^"]*)"', value))
    one = _md5(f"{user}:{REALM}:{password}")
    two = _md5(f"{request.split(maxsplit=1)[0]}:{fields.get('uri', '')}")
    return fields.get("username") == user and fields.get("response") == _md5(f"{one}:{NONCE}:{two}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

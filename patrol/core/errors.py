"""The one error tree of Patrol.

    PatrolError
      ConfigError                 streams.yaml or the environment is wrong; names file:line and key
      PluginError                 a plug-in that is named cannot be used
        PluginNotFound            no such file
        PluginUnavailable         its package is not installed
        PluginInvalid             the file is no plug-in
      SourceError                 a camera's stream; .retryable says whether to try again soon
        SourceTimeout             nothing came in time
        SourceEnded               the stream of a live camera ended
        SourceAuthFailed          wrong user or password: retried slowly, or the camera locks the account
        SourceRefused             refused, or redirected to another host
        SourceNoVideo             connected, but nothing there is video
        SourceGarbage             what came is not a stream
      DecodeError                 a picture could not be decoded
        CorruptPicture            it decoded, with holes
      ModelError                  a detector cannot do what its manifest says: stops the worker
        ModelUnavailable          the file is not there and could not be fetched
        ChecksumMismatch          the file is not the one the manifest names
        ModelContractError        inputs or outputs do not fit the manifest
      EvidenceError               evidence could not be written or made
        DiskFull                  below the low-water mark, or the disk said no
      DeliveryError               the queue or a worker's media endpoint did not take or give something
      StoreError                  a database cannot be read or written
      DemoError                   the demo has nothing to show

Each message says what, where, why and what to do. Errors of other libraries are translated in the file
that owns the library. Messages never contain credentials: they pass `core.redact` where they are built.
"""

from __future__ import annotations

from typing import ClassVar


class PatrolError(Exception):
    """Root of the tree. `retryable` tells a supervisor whether the same call can succeed later."""

    retryable: ClassVar[bool] = False


class ConfigError(PatrolError):
    """streams.yaml or the environment is wrong."""


class PluginError(PatrolError):
    """A plug-in that the configuration names cannot be used."""


class PluginNotFound(PluginError):  # noqa: N818  named after what happened, as the tree reads
    """There is no plug-in of that name."""


class PluginUnavailable(PluginError):  # noqa: N818
    """The plug-in exists, but a package that it needs is not installed."""


class PluginInvalid(PluginError):  # noqa: N818
    """The file exists, but exports no `Params` and `build`."""


class SourceError(PatrolError):
    """Something is wrong with a camera's stream."""

    retryable: ClassVar[bool] = True


class SourceTimeout(SourceError):  # noqa: N818
    """Nothing arrived in the time allowed."""


class SourceEnded(SourceError):  # noqa: N818
    """A live stream ended: the camera went away."""


class SourceAuthFailed(SourceError):  # noqa: N818
    """The camera refused user or password."""


class SourceRefused(SourceError):  # noqa: N818
    """The camera refused the connection, the path is unknown, or it redirected to another host."""


class SourceNoVideo(SourceError):  # noqa: N818
    """The stream carries no video."""


class SourceGarbage(SourceError):  # noqa: N818
    """What arrived cannot be read as a stream."""


class DecodeError(PatrolError):
    """A keyframe could not be decoded."""


class CorruptPicture(DecodeError):  # noqa: N818
    """A keyframe decoded with missing parts; it must not be judged."""


class ModelError(PatrolError):
    """A detector cannot do what its manifest says."""


class ModelUnavailable(ModelError):  # noqa: N818
    """The model's file is neither in the cache nor to be had."""


class ChecksumMismatch(ModelError):  # noqa: N818
    """The model's file is not the one that the manifest names."""


class ModelContractError(ModelError):
    """The model's inputs or outputs do not fit its manifest."""


class EvidenceError(PatrolError):
    """Evidence could not be made or written."""


class DiskFull(EvidenceError):  # noqa: N818
    """The disk is below its low-water mark, or full."""


class DeliveryError(PatrolError):
    """The queue, or a worker's media endpoint, did not take or give something."""

    retryable: ClassVar[bool] = True


class StoreError(PatrolError):
    """A database cannot be read or written now."""

    retryable: ClassVar[bool] = True


class DemoError(PatrolError):
    """The demo has nothing to show."""

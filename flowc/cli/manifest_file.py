"""Bundles on disk, for the commands that read one."""

from __future__ import annotations

import json
from pathlib import Path

from flowc.bundle import BundleError, ensure_complete
from flowc.bundle.manifest import Manifest, read_manifest
from flowc.cli.common import CommandError
from flowc.diagnostics.reader import FileReader
from flowc.schema.schemas import read_schema
from flowc.schema.validate import Validator

#: The largest manifest that is read, in bytes: that of 5,000 flows has some 30 MiB.
_LARGEST = 256 * 1024 * 1024


def manifest_of(path: Path) -> Manifest:
    """The manifest in that file.

    Raises Impossible where there is none that this version reads, or a build was interrupted in its folder.
    """
    try:
        ensure_complete(path.parent)
        data = FileReader().contents(path, None, _LARGEST)
        if len(data) <= _LARGEST and Validator(read_schema("manifest")).takes(json.loads(data)):
            return read_manifest(data)
    except BundleError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CommandError(f"{path} cannot be read: {reason}; flowc build writes one") from error
    except (ValueError, RecursionError):
        pass
    raise CommandError(f"{path} is not a manifest of this version of flowc; build the bundle again")

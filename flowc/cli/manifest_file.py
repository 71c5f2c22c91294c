"""The manifest of a bundle on disk, for the commands that read one."""

from __future__ import annotations

import json
from pathlib import Path

from flowc.bundle import BundleError, ensure_complete
from flowc.bundle.manifest import Manifest
from flowc.bundle.manifest_reader import read_manifest
from flowc.cli.output import CommandError
from flowc.diagnostics.reader import FileReader
from flowc.schema.schemas import read_schema
from flowc.schema.validator import Validator

#: Size limit of a manifest in bytes. The manifest of 5,000 flows has about 30 MiB.
_LARGEST = 256 * 1024 * 1024


def manifest_of(path: Path) -> Manifest:
    """Read the manifest in a file.

    Raise CommandError if this version cannot read it, or if a build was interrupted in its folder.
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

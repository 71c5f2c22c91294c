"""A bundle that is built again when one of its flows' files changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from flowc.serve.responses import Served

#: Builds the bundle again; None if there are errors, which it has reported.
Rebuild = Callable[[], Served | None]


class ReloadingBundle:
    """The last bundle that was built without errors, while the files of its flows change."""

    def __init__(self, bundle: Served, rebuild: Rebuild, folders: Sequence[Path], log: Callable[[str], None]) -> None:
        """Start with `bundle`, which is built from files in `folders`; `log` gets a line after each build."""
        self._bundle, self._rebuild, self._folders, self._log = bundle, rebuild, folders, log

    def __call__(self) -> Served:
        """Return the present bundle."""
        return self._bundle

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Build again whenever a file in the folders changes, until the context ends."""
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _watch(self) -> None:
        from watchfiles import awatch

        async for _ in awatch(*self._folders):
            # In a thread, so that requests are answered meanwhile.
            rebuilt = await asyncio.to_thread(self._rebuild)
            if rebuilt is not None:
                self._bundle = rebuilt
            self._log("built again" if rebuilt else "still serving the last good bundle")

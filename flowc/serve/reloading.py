"""A bundle of flows that are built again when one of their files changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from flowc.serve.answering import Served

#: Builds the bundle anew; None while something is wrong with it, which was told already.
Rebuild = Callable[[], Served | None]


class Reloading:
    """The last good bundle: what is built of files that change, and what was good before while they are broken."""

    def __init__(self, bundle: Served, rebuild: Rebuild, folders: Sequence[Path], tell: Callable[[str], None]) -> None:
        """Begins with `bundle`; `folders` are those whose files it is built of."""
        self._bundle, self._rebuild, self._folders, self._tell = bundle, rebuild, folders, tell

    def __call__(self) -> Served:
        """The bundle of this moment."""
        return self._bundle

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Builds again whenever a file below the folders changes, for as long as this is entered."""
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
            # In a thread, so that calls are answered meanwhile.
            rebuilt = await asyncio.to_thread(self._rebuild)
            if rebuilt is not None:
                self._bundle = rebuilt
            self._tell("built again" if rebuilt else "the last good bundle is served still")

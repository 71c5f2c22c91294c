"""The program `flowc`, also `python -m flowc`."""

import os
import sys

from flowc import __version__


def main() -> None:
    """Run the command line. The version alone does not need it: to import it takes three times as long as Python."""
    if sys.argv[1:] == ["--version"]:
        try:
            print(f"flowc {__version__}", flush=True)
            return
        except OSError:
            pass  # the command line reports it

    from flowc.cli import main as run

    try:
        run()
    except SystemExit as ended:
        # To free all memory first would take 10 ms. What measures or works for flowc has to be ended, though.
        watched = sys.getprofile() or sys.gettrace() or "concurrent.futures" in sys.modules
        if ended.code == 0 and not watched and _is_written():
            os._exit(0)
        raise


def _is_written() -> bool:
    """Return whether all output is written. Python reports the error if it is not."""
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
    except (OSError, ValueError):
        return False
    return True


if __name__ == "__main__":
    main()

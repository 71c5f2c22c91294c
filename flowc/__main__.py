"""The program `flowc`, also `python -m flowc`."""

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

    run()


if __name__ == "__main__":
    main()

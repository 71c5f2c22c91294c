"""Whether commit messages have the form of CONTRIBUTING.md: `area: imperative summary`, an empty line, the reason.

    python tests/house/commits.py FILE          the message in FILE, as git gives it to a commit-msg hook
    python tests/house/commits.py --since BASE  the messages of all commits after BASE, without merges

Prints each fault on a line and exits with 1 if there is any. The exit status is 2 if BASE is not in this clone.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

MOST = 72  # characters of the summary line: the width that git log shows in a terminal of 80
_FORM = re.compile(r"[a-z0-9][a-z0-9_./-]*: [a-z].*[^.\s]")


def faults(message: str) -> list[str]:
    """What is wrong with a commit message; empty if nothing. Lines that begin with # are comments of git."""
    summary, *body = [line.rstrip() for line in message.splitlines() if not line.startswith("#")] or [""]
    found = []
    if len(summary) > MOST:
        found.append(f"the summary has {len(summary)} characters, and {MOST} are the limit: {summary}")
    if not _FORM.fullmatch(summary):
        found.append(f"the summary is not of the form `area: imperative summary`, without a full stop: {summary}")
    if body and body[0]:
        found.append(f"the line after the summary is not empty: {body[0]}")
    return found


def messages_since(base: str) -> list[str] | None:
    """The messages of the commits after `base`, the newest first; None if this clone does not contain `base`."""
    command = ["git", "log", "--no-merges", "--format=%B%x00", f"{base}..HEAD"]
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=False)
    return [one.strip() for one in done.stdout.split("\0") if one.strip()] if done.returncode == 0 else None


def main(arguments: list[str]) -> int:
    """Check what the command line names; see the module."""
    match arguments:
        case ["--since", base]:
            messages = messages_since(base)
        case [file]:
            messages = [Path(file).read_text("utf-8")]
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    if messages is None:
        return 2  # git has printed the reason
    found = [fault for message in messages for fault in faults(message)]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Every host serves the audio files of a bundle: whole, with their types, to be kept, and by GET and HEAD alone."""

from __future__ import annotations

from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from flowc.project.options import Options
from tests.conftest import PATIENCE
from tests.hosts.servers import SERVERS, folder, rows
from tests.hosts.test_hosts import BASE_URL, HOSTS, asked, served, shown
from tests.samples.built_flows import compiled

FLOW = Path(__file__).parents[1] / "samples" / "audio" / "sounds.flow.yaml"
#: A store that answers other methods with a file harms nobody.
_REFUSALS = (400, 403, 404, 405, 501)


def _status(url: str, method: str) -> int:
    try:
        with urlopen(Request(url, method=method), timeout=PATIENCE) as answer:
            status: int = answer.status
            return status
    except HTTPError as error:
        return error.code


@pytest.mark.parametrize("name", rows())
def test_audio(name: str) -> None:
    with folder() as root:
        options = Options(base_url=BASE_URL, host=SERVERS[name].host, root=str(root / "srv"))
        made = compiled(FLOW, options)
        assert made.manifest is not None, made.diagnostics
        types = {entry.content_type for entry in made.manifest.audio}
        assert types == {"audio/wav", "audio/mpeg"}
        with served(name, made, root) as url:
            assert shown(asked(name, made, url)) == []
            file = made.manifest.audio[0]
            with urlopen(f"{url}/{file.path}", timeout=PATIENCE) as answer:
                assert len(answer.read()) == file.size
                assert answer.headers["Content-Length"] in (str(file.size), None)
            assert _status(f"{url}/{file.path}", "POST") in _REFUSALS
            assert _status(f"{url}/audio/", "GET") in _REFUSALS
            assert _status(f"{url}/audio/none.0123456789ab.wav", "GET") in _REFUSALS


def test_a_file_that_is_too_large_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "long.ulaw").write_bytes(b"\x7f" * 20_000)
    (tmp_path / "a.flow.yaml").write_text(
        "flowc: 1\nname: a\ntargets: [twiml]\nentry: start\nsteps: {start: [play: long.ulaw, hangup]}\n", "utf-8"
    )
    refusing = {name for name, host in HOSTS.items() if host.limits.audio}
    for name in HOSTS:
        made = compiled(tmp_path / "a.flow.yaml", Options(base_url=BASE_URL, host=name))
        assert [one.code for one in made.diagnostics] == (["FC513"] if name in refusing else [])

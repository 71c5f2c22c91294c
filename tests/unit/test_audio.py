"""What audio files contain, and what a flow does with them."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from flowc.bundle.audio import audio_path, is_at
from flowc.cli import commands
from flowc.driver.pipeline import build_bundle
from flowc.profiles.audio import AudioInfo, DamagedAudio, read_audio
from flowc.profiles.files import bundled_formats, format_of, kind_of
from flowc.project.options import Options
from flowc.project.project import find_flows
from tests.samples.built_flows import targets
from tests.samples.sounds import mp3, wav

#: An 80-bit number of 8000, the rate of an AIFF file.
_RATE = bytes.fromhex("400bfa00000000000000")


def aiff(frames: int) -> bytes:
    common = struct.pack(">hIh", 1, frames, 8) + _RATE
    sound = bytes(8 + frames)
    chunks = (
        b"AIFF" + b"COMM" + struct.pack(">I", len(common)) + common + b"SSND" + struct.pack(">I", len(sound)) + sound
    )
    return b"FORM" + struct.pack(">I", len(chunks)) + chunks


def coded(coding: int, bits: int, length: int = 16) -> bytes:
    """A WAV file of 100 ms whose header names a code of samples, in a chunk of that length."""
    made = bytearray(wav(100, width=bits // 8) if bits in (8, 16) else wav(100))
    made[20:22], made[34:36] = coding.to_bytes(2, "little"), bits.to_bytes(2, "little")
    if length > 16:
        made[16:20] = length.to_bytes(4, "little")
        made[36:36] = bytes(8) + (1).to_bytes(2, "little") + bytes(length - 26)
    return bytes(made)


@pytest.mark.parametrize(
    ("form", "data", "info"),
    [
        ("wav", wav(500), AudioInfo(500, 8000, 1)),
        ("wav", wav(250, 44_100, 2, 2), AudioInfo(250, 44_100, 2)),
        ("wav", coded(6, 8), AudioInfo(100, 8000, 1)),
        ("wav", coded(7, 8), AudioInfo(100, 8000, 1)),
        ("wav", coded(3, 8), AudioInfo(100, 8000, 1, "floating-point")),
        ("wav", coded(0x11, 8), AudioInfo(100, 8000, 1, "code 17")),
        ("wav", coded(1, 32), AudioInfo(100, 8000, 1, "32-bit PCM")),
        ("wav", coded(0xFFFE, 8, 40), AudioInfo(100, 8000, 1)),
        ("wav", wav(500)[:44] + bytes(800), AudioInfo(100, 8000, 1)),
        ("mp3", mp3(10), AudioInfo(720, 8000, 1)),
        ("aiff", aiff(4000), AudioInfo(500, 8000, 1)),
        ("gsm", (b"\xd0" + bytes(32)) * 50, AudioInfo(1000, 8000, 1)),
        ("ulaw", b"\x7f" * 8000, AudioInfo(1000, 8000, 1)),
    ],
)
def test_what_a_file_contains(form: str, data: bytes, info: AudioInfo) -> None:
    assert read_audio(form, data) == info
    assert kind_of(data) in (form, "")


@pytest.mark.parametrize("form", bundled_formats())
def test_the_format_of_a_bundled_file_is_that_of_its_name(form: str) -> None:
    assert format_of(audio_path(f"Welcome!.{form}", b"")) == form


@pytest.mark.parametrize("form", ["wav", "mp3", "aiff"])
@pytest.mark.parametrize("data", [b"", b"RIFF", b"FORM", b"\xff\xfb", bytes(100), wav(10)[:20]])
def test_a_damaged_file(form: str, data: bytes) -> None:
    with pytest.raises(DamagedAudio):
        read_audio(form, data)


@pytest.mark.parametrize(
    ("name", "place"),
    [("Front Desk.WAV", "audio/front-desk."), ("日本.mp3", "audio/audio."), ("a.b.wav", "audio/a-b.")],
)
def test_a_place(name: str, place: str) -> None:
    path = audio_path(name, b"x")
    assert path.startswith(place)
    assert path.endswith(f".{name.rpartition('.')[2].lower()}")
    assert is_at(path, b"x")
    assert not is_at(path, b"y")


def flow(folder: Path, *actions: str, target: str = "plivo") -> Path:
    path = folder / "a.flow.yaml"
    head = f"flowc: 1\nname: a\ntargets: [{target}]\nbase_url: https://a.example.com\nentry: start\nsteps:\n  start:\n"
    path.write_text(head + "".join(f"    - {one}\n" for one in (*actions, "hangup")), "utf-8")
    return path


def found(path: Path) -> list[tuple[str, str]]:
    bundle = build_bundle(find_flows([path]), targets(), Options())
    return [(one.code, one.message) for one in bundle.diagnostics]


def test_mp3_needs_an_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.mp3").write_bytes(mp3(4))
    (tmp_path / "a.wav").write_bytes(wav(40))
    monkeypatch.setitem(sys.modules, "mutagen", None)
    assert found(flow(tmp_path, "play: a.wav")) == []
    assert found(flow(tmp_path, "play: a.mp3")) == [("FC421", "the length of mp3 files needs the extra audio of flowc")]


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "long.wav").write_bytes(wav(10)[:44] + b"\x80" * 10_500_000)
    path = flow(tmp_path, "play: long.wav")
    assert found(path) == [("FC422", 'plivo plays files of at most 10 MB; "long.wav" has 10.5 MB')]
    with (tmp_path / "long.wav").open("r+b") as file:
        file.truncate(41_000_000)
    assert found(path) == [("FC421", '"long.wav" has more than 40 MB, which no carrier plays')]


def test_links_lead_nowhere_outside_of_the_project(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "a.wav").write_bytes(wav(40))
    (inside / "a.wav").symlink_to(tmp_path / "a.wav")
    (inside / "folder").symlink_to(tmp_path)
    assert found(flow(inside, "play: a.wav")) == [("FC420", '"a.wav" is outside the project')]
    assert found(flow(inside, "play: folder/a.wav")) == [("FC420", '"folder/a.wav" is outside the project')]
    assert found(flow(inside, "play: folder/b.wav")) == [("FC420", '"folder/b.wav" is outside the project')]


def test_a_build_from_the_cache_notices_other_contents(tmp_path: Path) -> None:
    """The bundle is that of a build without a cache, whatever changed; a file that nothing plays any more is gone."""
    project = tmp_path / "project"
    (project / "en").mkdir(parents=True)
    (project / "de").mkdir()
    for folder in ("en", "de"):
        (project / folder / "a.wav").write_bytes(wav(40))
    path = flow(project, "play: en/a.wav", "play: de/a.wav")
    (project / "b.flow.yaml").write_text(path.read_text("utf-8").replace("name: a", "name: b"), "utf-8")

    def built(*arguments: str) -> dict[str, bytes]:
        out = tmp_path / "out"
        command = ["build", str(project), "-o", str(out), "--quiet", *arguments]
        done = CliRunner().invoke(commands, command, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return {one.relative_to(out).as_posix(): one.read_bytes() for one in out.rglob("*") if one.is_file()}

    cached = ("--cache", str(tmp_path / "cache"))
    first = built(*cached)
    assert len([name for name in first if name.startswith("audio/")]) == 1
    assert built(*cached) == first == built("--no-cache")
    (project / "de" / "a.wav").write_bytes(wav(80))
    second = built(*cached)
    assert len([name for name in second if name.startswith("audio/")]) == 2
    assert second == built("--no-cache")
    flow(project, "play: en/a.wav")
    third = built(*cached)
    assert third == built("--no-cache")
    (project / "b.flow.yaml").unlink()
    assert len([name for name in built(*cached) if name.startswith("audio/")]) == 1

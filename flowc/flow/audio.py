"""Audio files of the project: reads those that a flow plays, and gives them their URLs in the bundle."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PureWindowsPath

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.reader import FileReader, OutsideFolder
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import MAX_AUDIO_BYTES, Location, NodeRef, origin
from flowc.diagnostics.wording import shown, suggestion
from flowc.flow.actions import Action
from flowc.flow.values import BundledUrl, Callee, Setting
from flowc.profiles.audio import AudioInfo, DamagedAudio, MissingExtra, read_audio
from flowc.profiles.files import bundled_formats, format_of, kind_of

#: The beginning of a text that looks like the name of a server, not of a file.
_SERVER = re.compile(r"[\w-]+(\.[\w-]+)+(/|:[0-9]+(/|\Z))|[\w-]+(\.[\w-]+){2,}\Z")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|//")
_EXTENSION = re.compile(r"\.[A-Za-z0-9]+\Z")
_ELSEWHERE = "Put the file into the project's folder, and name it by its path from this file."


class AudioFile(NamedTuple):
    """An audio file that a flow plays.

    `file` is its path from the project's folder, `source` where it was read, `path` its place in the bundle. `at` is
    where the flow names it first.
    """

    file: str
    source: Path
    path: str
    url: str
    form: str
    data: bytes
    info: AudioInfo
    at: NodeRef

    @property
    def name(self) -> str:
        """The name of the file without its folder."""
        return self.file.rpartition("/")[2]


class _FileRead(NamedTuple):
    """A file by its path, and its contents."""

    path: Path
    data: bytes


def is_server(text: str) -> bool:
    """Whether a text looks like the URL of a server without its scheme."""
    return _SERVER.match(text) is not None and (("/" in text) or not format_of(text))


class AudioFiles:
    """The audio files of one flow. `used` has them by their paths, `files` the contents of all that were read."""

    def __init__(self, reader: FileReader, root: Path, base_url: str, place: Callable[[str, bytes], str]) -> None:
        """`root` is the folder of the project, outside of which no file is read.

        `place` returns the path in the bundle of a file with this name and these contents.
        """
        self.used: dict[str, AudioFile] = {}
        self.files: dict[Path, bytes] = {}
        self.findings: list[Finding] = []
        self._reader = reader
        self._root = root
        self._base = base_url.rstrip("/")
        self._place = place
        self._judged: dict[Path, AudioFile | None] = {}
        self._listed: dict[Path, frozenset[str]] = {}

    def played(self, steps: Iterable[object]) -> tuple[AudioFile, ...]:
        """Return the files that these parts of a flow mention: a phone book may have others."""
        urls = {url for step in steps for url in _urls(step)} if self.used else ()
        return tuple(file for file in self.used.values() if file.url in urls)

    def resolve(self, setting: Setting) -> Setting:
        """Return the URL in the bundle in place of a path.

        Report FC420 for a file that cannot be read, FC421 for one that is not what its name says.
        """
        named = str(setting.value)
        if _SCHEME.match(named):
            return setting
        fault, found = "", None
        for folder in _folders(setting.at):
            path = folder / named
            if path in self._judged:
                return self._bundled(setting, self._judged[path])
            try:
                found = _FileRead(path, self._read(folder, named))
                break
            except OutsideFolder:
                fault, help_ = f"{shown(named)} is outside the project", _ELSEWHERE
                break
            except FileNotFoundError:
                continue
            except (OSError, ValueError) as error:
                why = (error.strerror if isinstance(error, OSError) else None) or str(error)
                fault, help_ = f"{shown(named)} cannot be read: {why.lower()}", "Name an audio file."
                break
        if found is None and not fault:
            if is_server(named):
                return setting
            fault, help_ = f"there is no file {shown(named)}", self._near(setting)
        if found is None:
            self.findings.append(Finding("FC420", setting.at, fault, help_))
            return self._bundled(setting, None)
        self._judged[found.path] = self._judge(found, setting)
        return self._bundled(setting, self._judged[found.path])

    def _bundled(self, setting: Setting, file: AudioFile | None) -> Setting:
        """Return the URL of a file; one that is never used for a file that was refused."""
        url = BundledUrl(file.url, file.info.ms) if file else BundledUrl(f"{self._base}/none", 0)
        return setting._replace(value=url)

    def _read(self, folder: Path, named: str) -> bytes:
        if os.path.isabs(named) or PureWindowsPath(named).anchor:
            raise OutsideFolder
        path = folder / named
        data = self._reader.contents(path, self._root, MAX_AUDIO_BYTES)
        # Some systems find a file whose name has other capitals, and others do not.
        if path.parent not in self._listed:
            self._listed[path.parent] = frozenset(os.listdir(path.parent))
        if path.name != ".." and path.name not in self._listed[path.parent]:
            raise FileNotFoundError
        return data

    def _judge(self, found: _FileRead, setting: Setting) -> AudioFile | None:
        """Return a file with what it contains; None if it cannot be used."""
        path, data = found
        file = os.path.relpath(os.path.normpath(path), self._root).replace(os.sep, "/")
        known = self.used.get(file)
        if known is not None:
            return known
        self.files[path] = data
        form = format_of(path.name)
        fault = _wrong(path.name, form, data)
        if fault is None:
            try:
                info = read_audio(form, data)
            except DamagedAudio as damaged:
                help_ = "Save the file again, or convert it again from the original."
                fault = (f"{shown(path.name)} cannot be played: {damaged}", help_)
            except MissingExtra:
                fault = (
                    f"the length of {form} files needs the extra audio of flowc",
                    "Run: pip install 'flowc[audio]'",
                )
        if fault is not None:
            self.findings.append(Finding("FC421", setting.at, *fault))
            return None
        place = self._place(path.name, data)
        self.used[file] = AudioFile(
            file=file,
            source=path,
            path=place,
            url=f"{self._base}/{place}",
            form=form,
            data=data,
            info=info,
            at=setting.at,
        )
        return self.used[file]

    def _near(self, setting: Setting) -> str:
        """Return what to write instead of the path of a missing file."""
        named = str(setting.value)
        if "/" not in named and not _EXTENSION.search(named):
            return "Write say: to read a text aloud, or the path of an audio file, such as audio/welcome.wav."
        if "\\" in named:
            return f"Write / between folders: {named.replace(chr(92), '/')}."
        before, _, name = named.rpartition("/")
        near = ""
        for folder in _folders(setting.at):
            try:
                near = near or suggestion(name, _names(self._reader, folder / before, self._root))
            except OSError:
                continue
        usual = (
            "Write its path from the folder of this file, such as audio/welcome.wav, or the URL of a file on a server."
        )
        return near.replace("Did you mean ", f"Did you mean {before}/") if near and before else near or usual


def _urls(part: object) -> Iterator[str]:
    """Yield the URLs of audio files in a part of a flow."""
    if isinstance(part, BundledUrl):
        yield part
    elif isinstance(part, (Action, Callee)):
        yield from _urls(tuple(vars(part).values()))
    elif isinstance(part, tuple):
        for one in part:
            yield from _urls(one)


def _names(reader: FileReader, folder: Path, root: Path) -> Iterator[str]:
    """Yield the files of a folder of the project, but not of another one."""
    if reader.contains(root, folder):
        yield from sorted(os.listdir(folder))


def _folders(at: Location) -> Iterator[Path]:
    """Yield the folders from which a path may be meant: where it is written, then where the part is used."""
    written = origin(at)
    places = (written.at, *(place for place, _ in written.through))
    yield from dict.fromkeys(Path(place.file.path).parent for place in places)


def _wrong(name: str, form: str, data: bytes) -> tuple[str, str] | None:
    """Return what is wrong with a file by its name and its contents, and what to do."""
    if len(data) > MAX_AUDIO_BYTES:
        message = f"{shown(name)} has more than {MAX_AUDIO_BYTES // 1_000_000} MB, which no carrier plays"
        return message, f"Shorten it, or convert it: {converting(name, 'wav')}"
    kind = kind_of(data)
    if not data:
        return f"{shown(name)} is empty", "Save the file again."
    if kind not in ("", form):
        contents = kind if " " in kind else f"{kind} audio"
        message = f"{shown(name)} contains {contents}" + (f", not {form} audio" if form else "")
        if " " in kind:
            return message, "Download or save the audio file itself."
        if kind in bundled_formats():
            return message, f"Rename it: its name must end in .{kind}."
        return message, f"Convert it: {converting(name, 'wav')}"
    if form not in bundled_formats():
        help_ = f"Convert it: {converting(name, 'wav')}" if form else "Name an audio file, such as welcome.wav."
        return f"{shown(name)} is not an audio file that carriers play", help_
    if not kind and form in ("wav", "aiff"):
        return f"{shown(name)} contains no {form} audio", "Save the file again, or convert it again from the original."
    return None


def converting(name: str, form: str, rate: int = 8000, channels: int = 1) -> str:
    """Return the command that converts a file to a format."""
    made = f"{name.rpartition('.')[0] or name}.{form}"
    made = f"new-{made}" if made == name else made
    quoted = [one if re.fullmatch(r"[\w.-]+", one) else f"'{one}'" for one in (name, made)]
    return f"ffmpeg -i {quoted[0]} -ar {rate} -ac {channels} {bundled_formats()[form].ffmpeg} {quoted[1]}"

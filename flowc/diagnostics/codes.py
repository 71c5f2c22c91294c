"""The table of codes: their names and severities."""

from __future__ import annotations

from enum import StrEnum

from flowc.diagnostics.records import NamedTuple


class Severity(StrEnum):
    """The severity of a finding: an error stops the build, a warning does not, and `off` is not reported."""

    ERROR = "error"
    WARNING = "warning"
    OFF = "off"


class Code(NamedTuple):
    """A row of the table: a stable code, its readable name, and its default severity.

    A warning is a judgement that a user can override. An error is a fact: no correct output exists. If `judged` is set,
    an error is a judgement too.
    """

    code: str
    name: str
    severity: Severity = Severity.ERROR
    judged: bool = False

    @property
    def fixed(self) -> bool:
        """Whether this is an error that cannot be disabled or lowered."""
        return self.severity is Severity.ERROR and not self.judged


_W = Severity.WARNING

#: 1xx text and YAML, 2xx schema, 3xx meaning, 4xx what a target cannot express, 5xx what a host cannot serve, 6xx the
#: author's own limits, 9xx bugs of flowc itself.
CODES = {
    row.code: row
    for row in (
        Code("FC101", "unreadable-file"),
        Code("FC102", "not-utf8"),
        Code("FC103", "yaml-syntax"),
        Code("FC104", "tab-indentation"),
        Code("FC105", "unclosed-quote"),
        Code("FC106", "duplicate-key"),
        Code("FC107", "tag"),
        Code("FC108", "several-documents"),
        Code("FC109", "control-character"),
        Code("FC110", "file-too-large"),
        Code("FC111", "nested-too-deep"),
        Code("FC112", "alias-expansion"),
        Code("FC113", "bad-alias"),
        Code("FC114", "bad-merge"),
        Code("FC115", "empty-file"),
        Code("FC116", "key-not-text"),
        Code("FC117", "too-many-faults"),
        Code("FC120", "undeclared-variable"),
        Code("FC121", "unset-variable"),
        Code("FC122", "bad-variable-value"),
        Code("FC123", "bad-interpolation"),
        Code("FC124", "no-environment"),
        Code("FC125", "unknown-variable", judged=True),
        Code("FC126", "not-a-flow"),
        Code("FC127", "overlooked-file", _W),
        Code("FC128", "reserved-name", _W),
        Code("FC201", "unknown-key"),
        Code("FC202", "missing-key"),
        Code("FC203", "wrong-type"),
        Code("FC204", "not-allowed-value"),
        Code("FC205", "bad-form"),
        Code("FC206", "out-of-range"),
        Code("FC207", "bad-length"),
        Code("FC208", "keys-exclude"),
        Code("FC209", "one-verb"),
        Code("FC301", "unknown-step"),
        Code("FC302", "unknown-number"),
        Code("FC303", "uncovered-outcome"),
        Code("FC304", "case-never-entered", judged=True),
        Code("FC305", "finish-key-is-a-case", judged=True),
        Code("FC306", "minimum-needs-action"),
        Code("FC307", "nothing-next"),
        Code("FC308", "folded-outcomes"),
        Code("FC309", "branch-parameter-taken"),
        Code("FC310", "bad-phone-number"),
        Code("FC311", "bad-url"),
        Code("FC312", "bad-sip-uri"),
        Code("FC313", "implicit-end", _W),
        Code("FC314", "recording-unnoticed", _W),
        Code("FC315", "unconfirmed-differs", _W),
        Code("FC316", "turns-need-then"),
        Code("FC317", "same-value"),
        Code("FC318", "text-cut-short", _W),
        Code("FC319", "markup-in-text", _W),
        Code("FC320", "no-base-url"),
        Code("FC321", "base-url-differs"),
        Code("FC322", "no-targets"),
        Code("FC323", "same-flow-name"),
        Code("FC324", "background-has-no-outcome"),
        Code("FC325", "bad-xml"),
        Code("FC326", "raw-xml", _W),
        Code("FC327", "quiet-too-long"),
        Code("FC328", "answered-before"),
        Code("FC329", "tries-need-then"),
        Code("FC330", "never-reached", _W),
        Code("FC331", "unreachable-step", _W),
        Code("FC332", "unused-definition", _W),
        Code("FC333", "same-destination", _W),
        Code("FC334", "url-of-the-bundle", judged=True),
        Code("FC335", "loop-without-input", judged=True),
        Code("FC336", "unbounded-loop", _W),
        Code("FC337", "endless-prompt"),
        Code("FC338", "unknown-part"),
        Code("FC339", "part-uses-itself"),
        Code("FC340", "scenario-failed"),
        Code("FC341", "no-such-flow"),
        Code("FC342", "not-its-target"),
        Code("FC343", "unlikely-number", _W),
        Code("FC344", "premium-rate", _W),
        Code("FC345", "emergency-number", judged=True),
        Code("FC346", "short-code", _W),
        Code("FC347", "dials-itself", _W),
        Code("FC348", "same-number-twice", _W),
        Code("FC349", "no-such-call"),
        Code("FC350", "plain-http", _W),
        Code("FC351", "secret-in-url", _W),
        Code("FC352", "private-address", _W),
        Code("FC353", "entity-in-url", _W),
        Code("FC354", "foreign-variable", _W),
        Code("FC355", "unread-text", _W),
        Code("FC356", "unlikely-voice", _W),
        Code("FC357", "keys-not-heard", _W),
        Code("FC358", "page-not-file", _W),
        Code("FC359", "unplayable-audio", _W),
        Code("FC360", "too-many-choices", _W),
        Code("FC361", "key-not-offered", _W),
        Code("FC362", "key-not-said", _W),
        Code("FC363", "no-way-out", _W),
        Code("FC364", "too-little-time", _W),
        Code("FC365", "recording-without-consent", Severity.OFF),
        Code("FC366", "unlikely-time", _W),
        Code("FC367", "choice-not-complete", _W),
        Code("FC368", "bad-input"),
        Code("FC370", "bad-csv"),
        Code("FC371", "csv-row"),
        Code("FC372", "fallback-branches"),
        Code("FC373", "message-does-more"),
        Code("FC374", "called-twice", _W),
        Code("FC375", "calls-its-caller-id"),
        Code("FC376", "more-than-a-number"),
        Code("FC377", "conference-never-starts", _W),
        Code("FC378", "unknown-table"),
        Code("FC379", "same-key"),
        Code("FC380", "unused-ignore", _W),
        Code("FC381", "unknown-code"),
        Code("FC382", "not-silenced"),
        Code("FC384", "hides-shared-entry", _W),
        Code("FC385", "no-linked-flow"),
        Code("FC386", "linked-flow-lacks-target"),
        Code("FC387", "hours-overlap"),
        Code("FC388", "clocks-change", _W),
        Code("FC389", "hours-end-soon", _W),
        Code("FC390", "keys-sent-at-once", _W),
        Code("FC391", "machine-never-noticed", _W),
        Code("FC392", "bad-calendar-file"),
        Code("FC393", "scenario-time"),
        Code("FC394", "unknown-hours"),
        Code("FC395", "bad-hours"),
        Code("FC396", "returns-to-no-step"),
        Code("FC397", "no-such-return"),
        Code("FC398", "parameter-sent-twice"),
        Code("FC399", "user-name-in-notification"),
        Code("FC401", "cannot-say"),
        Code("FC402", "beyond-target"),
        Code("FC403", "prompt-holds"),
        Code("FC404", "unconfirmed-ends-call"),
        Code("FC405", "completed-leads-nowhere", _W),
        Code("FC406", "undocumented", _W),
        Code("FC407", "document-too-large"),
        Code("FC408", "raw-refused"),
        Code("FC409", "bad-markup"),
        Code("FC410", "others-given-up", _W),
        Code("FC411", "prompt-outlasts-confirm", _W),
        Code("FC412", "whisper-cut-short", _W),
        Code("FC417", "queue-exit"),
        Code("FC418", "queue-wait"),
        Code("FC419", "queue-unserved", _W),
        Code("FC420", "no-such-audio"),
        Code("FC421", "not-audio"),
        Code("FC422", "audio-not-played"),
        Code("FC423", "audio-converted", _W),
        Code("FC501", "host-cannot-branch"),
        Code("FC502", "host-refuses-post"),
        Code("FC503", "host-cannot-tell-apart"),
        Code("FC504", "host-differs"),
        Code("FC505", "too-large-for-host"),
        Code("FC506", "path-beyond-host"),
        Code("FC507", "cannot-verify"),
        Code("FC509", "host-without-clock"),
        Code("FC511", "host-cannot-notify"),
        Code("FC513", "host-without-audio"),
        Code("FC601", "call-too-long", judged=True),
        Code("FC602", "too-many-dials", judged=True),
        Code("FC603", "too-many-documents", judged=True),
        Code("FC901", "internal-fault"),
        Code("FC902", "contract-broken"),
    )
}

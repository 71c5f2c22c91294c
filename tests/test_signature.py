"""Signatures of requests, held against the carriers' own SDKs and the requests that these carry as examples."""

from __future__ import annotations

import json
import random
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlparse

import pytest
from click.testing import CliRunner
from plivo.utils import validate_signature, validate_v3_signature
from twilio.request_validator import RequestValidator, add_port, remove_port

from flowc.cli import commands
from flowc.cli.verify import verify_signature
from flowc.signature import Signed, body_hash, given, schemes, sign, verify
from flowc.webhooks import Scheme

TABLE: dict[str, Any] = json.loads((Path(__file__).parent / "reference/plivo.json").read_text("utf-8"))["signature"]
V3, V2 = schemes("plivo").values()
(TWIML,) = schemes("twiml").values()
TOKEN = "an auth token of nobody"
NONCE = "12345678901234567890"
WORDS = [
    "",
    "a",
    "42",
    "no-answer",
    "+12025550143",
    "a b",
    "x=y&z",
    "1,2",
    "100%",
    "Größe",
    "日本",
    "it's",
    "\U0001f4de",
    "a.b",
    "?",
]
#: The SDK reads the percent signs of a query as Latin-1, which no other SDK does: its queries are plain here.
PLAIN = [word for word in WORDS if word.isascii()]


class Case(NamedTuple):
    method: str
    url: str
    form: tuple[tuple[str, str], ...]
    token: str


def requests(count: int, *, names_once: bool = True) -> list[Case]:
    """Requests of every kind: with and without a query, a port, parameters; always the same ones."""
    dice = random.Random(7)
    cases = []
    for number in range(count):
        method = "GET" if number % 2 else "POST"
        scheme, port = dice.choice(["http", "https"]), dice.choice(["", "", ":8080", ":443"])
        names = dice.sample(["To", "From", "CallUUID", "Digits", "a", "Z", "SIP-H-To", "x_1"], dice.randint(0, 6))
        query = [(name, dice.choice(PLAIN)) for name in dice.sample(["step", "b", "A", "9"], dice.choice([0, 0, 1, 3]))]
        if query and dice.random() < 0.3:
            query.append((query[0][0], dice.choice(PLAIN)))
        form = [(name, dice.choice(WORDS)) for name in names]
        if form and not names_once and dice.random() < 0.3:
            form.append((form[0][0], dice.choice(WORDS)))
        text = "?" + urlencode(query) if query else ""
        cases.append(
            Case(
                method,
                f"{scheme}://crm.example.com{port}/{'a/' * dice.randint(0, 2)}hook{text}",
                tuple(form),
                f"{TOKEN}{number}",
            )
        )
    return cases


CASES = requests(200)


def grouped(form: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """Parameters as the SDKs take them: several values of one name are a list."""
    result: dict[str, Any] = {}
    for name, value in form:
        result.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in result.items()}


def signed(case: Case, signature: str) -> Signed:
    return Signed(case.method, case.url, {V3.headers[0]: signature, "x-plivo-signature-v3-nonce": NONCE}, case.form)


def tampered(case: Case) -> list[Case]:
    """The same request with one thing changed."""
    return [
        case._replace(url=case.url.replace("hook", "hooks")),
        case._replace(url=case.url.replace("example", "examples")),
        case._replace(form=(*case.form, ("Extra", "1"))),
        case._replace(form=(("Changed", "1"), *case.form[1:])),
        case._replace(token=case.token + " "),
    ]


def sdk_takes(case: Case, signature: str) -> bool:
    # The SDK puts the query into what it is given: a copy.
    return bool(validate_v3_signature(case.method, case.url, NONCE, case.token, signature, grouped(case.form)))


def test_the_cases_are_of_every_kind() -> None:
    kinds = {(case.method, "?" in case.url, bool(case.form)) for case in CASES}
    assert len(kinds) == 8


@pytest.mark.parametrize("part", range(10))
def test_v3_is_what_the_sdk_takes_and_nothing_else(part: int) -> None:
    for case in CASES[part::10]:
        signature = sign(V3, case.method, case.url, case.form, NONCE, case.token)
        assert sdk_takes(case, signature), case
        assert verify(V3, signed(case, signature), case.token), case
        for other in tampered(case):
            assert not sdk_takes(other, signature), other
            assert not verify(V3, signed(other, signature), other.token), other
        for wrong in (signature[:-2] + "==", signature.swapcase(), "", "é", signature + "x"):
            assert not verify(V3, signed(case, wrong), case.token)
        other_nonce = signed(case, signature)._replace(headers={V3.headers[0]: signature, V3.nonce or "": NONCE + "1"})
        assert not verify(V3, other_nonce, case.token)


def test_v3_with_several_values_of_one_name() -> None:
    for case in requests(80, names_once=False):
        if case.method == "POST":
            assert sdk_takes(case, sign(V3, case.method, case.url, case.form, NONCE, case.token)), case


def test_v2_is_what_the_sdk_takes_and_nothing_else() -> None:
    for case in CASES:
        signature = sign(V2, case.method, case.url, case.form, NONCE, case.token)
        request = Signed(case.method, case.url, {V2.headers[1]: signature, V2.nonce or "": NONCE}, case.form)
        assert validate_signature(case.url, NONCE, signature, case.token)
        assert verify(V2, request, case.token)
        assert verify(V2, request._replace(form=(("covers", "nothing"),)), case.token)
        assert not verify(V2, request._replace(url=case.url.replace("hook", "hooks")), case.token)
        assert not verify(V2, request, case.token + "x")
    assert V2.note
    assert not V3.note


def test_a_signature_of_twiml_is_what_the_sdk_takes_and_nothing_else() -> None:
    for case in CASES:
        if case.method == "GET" and case.form:
            continue  # the parameters of a GET are its query, which this SDK signs as it stands
        signature = RequestValidator(case.token).compute_signature(case.url, grouped(case.form))
        request = Signed(case.method, case.url, {"X-Twilio-Signature": signature}, case.form)
        assert verify(TWIML, request, case.token), case
        own = sign(TWIML, case.method, case.url, case.form, "", case.token)
        assert RequestValidator(case.token).validate(case.url, grouped(case.form), own), case
        for other in tampered(case):
            if case.method == "GET" and other.form != case.form:
                continue
            validator = RequestValidator(other.token)
            assert not validator.validate(other.url, grouped(other.form), signature)
            assert not verify(TWIML, request._replace(url=other.url, form=other.form), other.token), other


def test_a_body_that_is_no_form_is_what_the_sdk_takes_and_nothing_else() -> None:
    dice = random.Random(13)
    for case in CASES:
        body = json.dumps({dice.choice(WORDS): dice.choice(WORDS)}, ensure_ascii=False).encode()
        hash_ = sha256(body).hexdigest()
        url = f"{case.url}{'&' if '?' in case.url else '?'}bodySHA256={hash_}"
        validator = RequestValidator(case.token)
        signature = validator.compute_signature(url, {})
        assert sign(TWIML, "POST", url, case.form, "", case.token) in _with_either_port(validator, url)
        request = Signed("POST", url, {"X-Twilio-Signature": signature}, case.form, body)
        assert body_hash(TWIML, url) == hash_
        assert body_hash(V3, url) is None
        for changed in (body, body + b" ", b"", body.replace(b"{", b"[")):
            taken = validator.validate(url, changed.decode(), signature)
            assert verify(TWIML, request._replace(body=changed), case.token) == taken == (changed == body), changed
        assert verify(TWIML, request._replace(body=None), case.token)
        assert not verify(TWIML, request._replace(url=url.replace("hook", "hooks")), case.token)
        assert not verify(TWIML, request._replace(url=url.replace("hook", "hooks"), body=None), case.token)


def _with_either_port(validator: RequestValidator, url: str) -> set[str]:
    parts = urlparse(url)
    return {validator.compute_signature(each, {}) for each in (add_port(parts), remove_port(parts))}


@pytest.mark.parametrize("case", TABLE["v3"]["cases"], ids=lambda case: f"{case['method']} {case['url'][-4:]}")
def test_v3_of_requests_that_were_seen(case: dict[str, str]) -> None:
    table = TABLE["v3"]
    form = tuple(table["params"].items())
    assert sign(V3, case["method"], case["url"], form, table["nonce"], table["auth_token"]) == case["signature"]


def test_v2_of_a_request_that_was_seen() -> None:
    row = TABLE["v2"]
    assert sign(V2, "POST", row["url"], (), row["nonce"], row["auth_token"]) == row["signature"]


def test_one_right_signature_among_several_is_enough() -> None:
    right = sign(V3, "POST", "https://crm.example.com/hook", (), NONCE, TOKEN)
    request = Signed(
        "POST",
        "https://crm.example.com/hook#ct=1",
        {"x-plivo-signature-ma-v3": f"wrong, {right}", V3.nonce or "": NONCE},
    )
    assert given(V3, request.headers) == ("wrong", right)
    assert verify(V3, request, TOKEN)


def test_what_is_not_signed_is_not_the_carriers() -> None:
    right = sign(V3, "POST", "https://crm.example.com/hook", (), "", TOKEN)
    for headers in ({}, {V3.headers[0]: right}, {V3.nonce or "": ""}, {V3.headers[0]: ",", V3.nonce or "": ""}):
        request = Signed("POST", "https://crm.example.com/hook", headers)
        assert given(V3, headers) == ()
        assert not verify(V3, request, TOKEN)


def test_who_signs_nothing_has_no_scheme() -> None:
    assert schemes("rcml") == {}
    assert list(schemes("plivo")) == ["v3", "v2"]
    with pytest.raises(KeyError):
        schemes("nobody")


# The command

URL = "https://crm.example.com/hook?step=2"
FORM = (("Digits", "1"), ("From", "+12025550143"))


def run(*arguments: str, token: str | None = TOKEN, typed: str | None = None) -> tuple[int, str]:
    done = CliRunner().invoke(
        commands, ["verify-signature", *arguments], input=typed, env={"FLOWC_AUTH_TOKEN": token}, catch_exceptions=False
    )
    return done.exit_code, done.output


def headers(scheme: Scheme, method: str = "POST", url: str = URL) -> list[str]:
    signature = sign(scheme, method, url, FORM if method == "POST" else (), NONCE, TOKEN)
    return [
        f"--header={name}: {value}"
        for name, value in ((scheme.headers[0], signature), (scheme.nonce or "X-None", NONCE))
    ]


def test_the_command_tells_a_right_signature() -> None:
    for data in (["--data=" + urlencode(FORM)], ["--data=-"]):
        assert run(URL, *headers(V3), *data, typed=urlencode(FORM) + "\n") == (0, "right signature (v3)\n")
    assert run(URL, "--method=GET", *headers(V3, "GET")) == (0, "right signature (v3)\n")
    assert run(URL, *headers(TWIML), "--data=" + urlencode(FORM)) == (0, "right signature (v1)\n")
    note = "This older signature covers neither the query nor the parameters.\n"
    assert run(URL, *headers(V2)) == (0, f"right signature (v2)\n{note}")


def test_the_command_tells_a_wrong_signature() -> None:
    told = "wrong signature (v3): this request was changed, or not signed with this token\n"
    help_ = "Check that the URL is what the carrier asked for, query and port too, and that the body is whole.\n"
    assert run(URL, *headers(V3), "--data=Digits=2") == (1, told + help_)
    assert run(URL, *headers(V3), "--data=" + urlencode(FORM), token="another") == (1, told + help_)
    # A right signature of the weaker scheme does not make up for a wrong one of the stronger.
    assert run(URL, *headers(V3), *headers(V2), "--data=Digits=2") == (1, told + help_)


def test_the_command_checks_a_body_by_its_hash() -> None:
    body = '{"event": "answered"}'
    url = f"{URL}&bodySHA256={sha256(body.encode()).hexdigest()}"
    header = f"--header=X-Twilio-Signature: {sign(TWIML, 'POST', url, (), '', TOKEN)}"
    assert run(url, header, "--data", body) == (0, "right signature (v1)\n")
    for end in ("", "\n", "\r\n"):
        assert run(url, header, "--data=-", typed=body + end) == (0, "right signature (v1)\n")
    unchecked = "The body was not checked. The URL has its hash (bodySHA256): give the body with --data.\n"
    assert run(url, header) == (0, f"right signature (v1)\n{unchecked}")
    wrong = "wrong body (v1): the URL is signed, but this body does not have the hash in the URL\n"
    help_ = "The hash is bodySHA256. Check that the body is whole, byte for byte as it came.\n"
    for data in ("", "{}", f"{body} "):
        assert run(url, header, "--data", data) == (1, wrong + help_)
    assert run(url, header, "--data", body, token="another")[0] == 1
    assert run(f"{url}&more=1", header, "--data", body)[1].startswith("wrong signature (v1): ")


def test_the_command_tells_that_there_is_no_signature() -> None:
    code, told = run(URL, "--header=Host: crm.example.com")
    assert code == 1
    assert told == (
        "no signature: none of the headers is there with which carriers sign; known are X-Plivo-Signature-V3, "
        "X-Plivo-Signature-Ma-V3, X-Plivo-Signature-V3-Nonce, X-Plivo-Signature-V2, X-Plivo-Signature-Ma-V2, "
        "X-Plivo-Signature-V2-Nonce and X-Twilio-Signature\n"
    )


@pytest.mark.parametrize(
    ("arguments", "token", "message"),
    [
        ([URL], None, "the environment variable FLOWC_AUTH_TOKEN is not set; put the account's auth token there"),
        ([URL], "", "the environment variable FLOWC_AUTH_TOKEN is not set; put the account's auth token there"),
        (["/hook"], TOKEN, "URL is the whole URL that was asked for, with https:// and host"),
        ([URL, "--header=X"], TOKEN, '--header takes NAME: VALUE; found "X", which has no colon'),
    ],
)
def test_the_command_refuses_what_makes_no_sense(arguments: list[str], token: str | None, message: str) -> None:
    code, told = run(*arguments, token=token)
    assert code == 2
    assert told.endswith(f"Error: {message}\n")


def test_no_option_takes_the_token() -> None:
    names = {name for parameter in verify_signature.params for name in parameter.opts}
    assert not [name for name in names if "token" in name or "secret" in name]

"""Signatures of requests, held against the carriers' own SDKs and the requests that these carry as examples."""

from __future__ import annotations

import json
import random
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlencode, urlparse

import pytest
from click.testing import CliRunner
from hypothesis import given as generated
from hypothesis import strategies as st
from plivo.utils import signature_v3, validate_signature, validate_v3_signature
from twilio.request_validator import (
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    add_port,
    get_signature_algorithm,
    remove_port,
)

from flowc.bundle.signature_scheme import Scheme
from flowc.cli import commands
from flowc.cli.verify import verify_signature
from flowc.profiles.signature import Settings, Signed, body_hash, given, schemes, settings, sign, verify
from flowc.profiles.targets import find_targets
from tests.conftest import TESTS
from tests.hosts.servers import HERE

TABLE: dict[str, Any] = json.loads((TESTS / "reference/plivo.json").read_text("utf-8"))["signature"]
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
#: Plivo's SDK for Python refuses a query that is not ASCII, unless it is decoded already, as in the tests below.
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


def test_signalwire_signs_as_twilio_does_under_another_header() -> None:
    """SignalWire's own SDK (signalwire 2.1.1) hands requests with a form to the validator of Twilio's."""
    (scheme,) = schemes("cxml").values()
    for case in requests(60):
        if case.method == "GET" and case.form:
            continue
        signature = RequestValidator(case.token).compute_signature(case.url, dict(case.form))
        request = Signed(case.method, case.url, {"X-SignalWire-Signature": signature}, case.form)
        assert verify(scheme, request, case.token), case
        assert not verify(scheme, request._replace(headers={"X-Twilio-Signature": signature}), case.token)
        for other in tampered(case)[:2]:
            assert not verify(scheme, request._replace(url=other.url), case.token), other


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
    assert schemes("rcml") == schemes("texml") == {}
    assert list(schemes("plivo")) == ["v3", "v2"]
    with pytest.raises(KeyError):
        schemes("nobody")


# Queries as they may be spelled

#: What may stand in a query as it is, apart from & and = and +.
UNESCAPED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$'()*,;:@/?")
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(WORDS)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=4)
FORMS = st.dictionaries(st.sampled_from(["To", "Digits", "SIP-H-Name", "Größe"]), TEXTS, max_size=3)
PAGES = st.sampled_from(
    ["https://crm.example.com/hook", "http://crm.example.com:8080/a/hook", "https://crm.example.com:443/Gr%c3%B6/hook"]
)


def spelled(text: str, dice: random.Random) -> str:
    """A text within a query, each character in one of the ways in which it can be written there."""
    return "".join(dice.choice(_ways(character)) for character in text)


def _ways(character: str) -> list[str]:
    escaped = "".join(f"%{byte:02X}" for byte in character.encode())
    plain = {character} & UNESCAPED
    return [escaped, f"%{escaped[1:].lower()}", *plain, *(["+"] if character == " " else [])]


@st.composite
def urls(draw: st.DrawFn) -> str:
    """URLs whose queries have any names and values, blank and repeated too, in any spelling; they may be empty."""
    dice = draw(st.randoms(use_true_random=False))
    pairs = draw(PAIRS)
    pairs += [pair for pair in pairs if dice.random() < 0.2]
    query = "&".join(
        spelled(name, dice) + (f"={spelled(value, dice)}" if value or dice.random() < 0.5 else "")
        for name, value in pairs
    )
    return f"{draw(PAGES)}{'?' if query or dice.random() < 0.3 else ''}{query}"


@generated(urls(), FORMS, st.sampled_from(["HMAC_SHA1", "HMAC_SHA256"]))
def test_twiml_signs_a_query_as_it_is_spelled(url: str, form: dict[str, str], algorithm: str) -> None:
    validator = RequestValidator(TOKEN)
    said = {SIGNATURE_SETTINGS_HEADER: f"key=a,algorithm={algorithm}"}
    for each in {url, add_port(urlparse(url)), remove_port(urlparse(url))}:
        signature = validator.compute_signature(each, form, algorithm)
        request = Signed("POST", url, {"X-Twilio-Signature": signature, **said}, tuple(form.items()))
        assert verify(TWIML, request, "", TOKEN)
        for other in (f"{url}&x", url.replace("hook", "hooks"), url.replace("%", "%25")):
            if other != url:
                assert not validator.validate(other, form, signature, algorithm)
                assert not verify(TWIML, request._replace(url=other), "", TOKEN)


@generated(urls(), FORMS)
def test_v3_signs_a_query_as_it_reads(url: str, form: dict[str, str]) -> None:
    """The SDK decides, given the query decoded: of GET it takes that as parameters, of POST by its own functions."""
    page, _, query = url.partition("?")
    pairs: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        pairs.setdefault(name, []).append(value)
    own = sign(V3, "GET", url, (), NONCE, TOKEN)
    assert validate_v3_signature("GET", page, NONCE, TOKEN, own, dict(pairs))
    text = signature_v3.construct_get_url(page, dict(pairs), not form).decode()
    text += signature_v3.get_sorted_params_string(form)
    wanted = signature_v3.get_signature_v3(TOKEN, text, NONCE).decode()
    assert sign(V3, "POST", url, form.items(), NONCE, TOKEN) == wanted


@pytest.mark.parametrize(
    "case", TABLE["v3"]["queries"]["cases"], ids=lambda case: f"{case['method']} {case['url'][23:]}"
)
def test_v3_signs_a_query_as_the_sdk_for_node(case: dict[str, str]) -> None:
    table = TABLE["v3"]["queries"]
    form = tuple(table["params"].items())
    assert sign(V3, case["method"], case["url"], form, table["nonce"], table["auth_token"]) == case["signature"]


@pytest.mark.parametrize("scheme", [TWIML, V3, V2], ids=["twiml", "v3", "v2"])
def test_a_url_that_a_framework_has_decoded(scheme: Scheme) -> None:
    """Such as Flask's request.url: no carrier asks for a URL that is not ASCII, so its escapes are known."""
    sent = "https://crm.example.com/Gr%C3%B6%C3%9Fe?name=%E6%97%A5%E6%9C%AC&%C3%A4=%F0%9F%93%9E+a"
    right = sign(scheme, "GET", sent, (), NONCE, TOKEN)
    headers = {scheme.headers[0]: right, **({scheme.nonce: NONCE} if scheme.nonce else {})}
    assert verify(scheme, Signed("GET", unquote(sent), headers), TOKEN)
    assert not verify(scheme, Signed("GET", unquote(sent).replace("/Gr", "/gr"), headers), TOKEN)


def test_bytes_that_are_no_text_do_not_break_it() -> None:
    """A command line and a server give them as surrogates; they stand for themselves, and for their escapes."""
    url = b"https://crm.example.com/hook?a=\xff\xc3".decode("utf-8", "surrogateescape")
    for scheme in (TWIML, V3):
        headers = {scheme.headers[0]: "\udcff", **({scheme.nonce: "\udcff"} if scheme.nonce else {})}
        assert not verify(scheme, Signed("GET", url, headers), TOKEN)
    for sent in (url, "https://crm.example.com/hook?a=%FF%C3"):
        assert verify(TWIML, Signed("GET", url, {TWIML.headers[0]: sign(TWIML, "GET", sent, (), "", TOKEN)}), TOKEN)


@pytest.mark.parametrize("url", ["", "hook", "https://", "https://a:b:c/", "https://[::1", "http://a:99999999/?#?"])
def test_what_is_no_url_is_not_signed(url: str) -> None:
    for scheme in (TWIML, V3, V2):
        headers = {scheme.headers[0]: "x", **({scheme.nonce: NONCE} if scheme.nonce else {})}
        assert not verify(scheme, Signed("POST", url, headers), TOKEN)


# Shared keys

KEYS = ("an older secret of nobody", "a secret of nobody")
SAID = "key=webhooks_sharedkey_1,algorithm="


def shared(signature: str, said: str, url: str = "https://crm.example.com/hook?step=2") -> Signed:
    headers = {"x-twilio-signature": signature, "x-twilio-webhooks-signature-settings": said}
    return Signed("POST", url, headers, (("Digits", "1"),))


def by(secret: str, algorithm: str) -> str:
    validator = RequestValidator(secret)
    return str(validator.compute_signature("https://crm.example.com/hook?step=2", {"Digits": "1"}, algorithm))


@pytest.mark.parametrize("algorithm", ["HMAC_SHA1", "HMAC_SHA256"])
@pytest.mark.parametrize("secret", [TOKEN, *KEYS])
@pytest.mark.parametrize(
    "said",
    [
        "",
        " ",
        f"{SAID}HMAC_SHA1",
        f"{SAID}HMAC_SHA256",
        "algorithm = hmac_sha256 , key = b",
        f"{SAID}HMAC_SHA512",
        f"{SAID}NONE",
    ],
)
def test_a_request_is_verified_by_what_it_says_and_no_other_way(said: str, secret: str, algorithm: str) -> None:
    """The SDK is given the secret that belongs to the settings, as Twilio's own middleware for Node.js does."""
    signature = by(secret, algorithm)
    secrets = KEYS if said.strip() else (TOKEN,)
    takes = [
        RequestValidator(one).validate(
            "https://crm.example.com/hook?step=2", {"Digits": "1"}, signature, get_signature_algorithm(said)
        )
        for one in secrets
    ]
    assert verify(TWIML, shared(signature, said), TOKEN, *KEYS) == any(takes)
    assert any(takes) == (secret in secrets and get_signature_algorithm(said).upper() == algorithm)
    assert not verify(TWIML, shared(signature, said), "" if secret == TOKEN else TOKEN)


def test_settings_that_are_not_clear_are_not_supported() -> None:
    """The SDK reads the first algorithm, and SHA-1 where there is none; nothing weaker is assumed here."""
    for said in (
        "key=a",
        "algorithm=",
        "algorithm",
        "HMAC_SHA1",
        f"{SAID}HMAC_SHA1,algorithm=HMAC_SHA256",
        "Algorithm=HMAC_SHA1",
    ):
        for algorithm in ("HMAC_SHA1", "HMAC_SHA256"):
            for secret in (TOKEN, *KEYS):
                assert not verify(TWIML, shared(by(secret, algorithm), said), TOKEN, *KEYS), said
    assert settings(TWIML, shared("", "key=a").headers) == Settings("a", "", None)
    assert settings(TWIML, shared("", f"{SAID}X").headers) == Settings("webhooks_sharedkey_1", "X", None)
    assert settings(TWIML, shared("", f"{SAID}HMAC_SHA256").headers) == Settings(
        "webhooks_sharedkey_1", "HMAC_SHA256", "sha256"
    )
    assert settings(TWIML, {}) is None
    assert settings(V3, shared("", f"{SAID}HMAC_SHA256").headers) is None


def test_an_empty_secret_signs_nothing() -> None:
    empty = by("", "HMAC_SHA1")
    assert not verify(TWIML, shared(empty, ""), "")
    assert not verify(TWIML, shared(empty, f"{SAID}HMAC_SHA1"), "", "", "")


def test_a_body_is_held_against_its_hash_whichever_key_signed() -> None:
    url = f"https://crm.example.com/hook?bodySHA256={sha256(b'{}').hexdigest()}"
    signature = RequestValidator(KEYS[1]).compute_signature(url, {}, "HMAC_SHA256")
    request = shared(signature, f"{SAID}HMAC_SHA256", url)
    for body in (b"{}", b"{} "):
        taken = RequestValidator(KEYS[1]).validate(url, body.decode(), signature, "HMAC_SHA256")
        assert verify(TWIML, request._replace(body=body), TOKEN, *KEYS) == taken == (body == b"{}")


# The command

URL = "https://crm.example.com/hook?step=2"
FORM = (("Digits", "1"), ("From", "+12025550143"))


def run(
    *arguments: str, token: str | None = TOKEN, keys: str | None = None, typed: str | None = None
) -> tuple[int, str]:
    environ = {"FLOWC_AUTH_TOKEN": token, "FLOWC_SHARED_KEY": keys}
    done = CliRunner().invoke(
        commands, ["verify-signature", *arguments], input=typed, env=environ, catch_exceptions=False
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
    told = "wrong signature (v3): the request was changed, or was not signed with this token\n"
    help_ = "Check that the URL is what the carrier requested, with query and port, and that the body is complete.\n"
    assert run(URL, *headers(V3), "--data=Digits=2") == (1, told + help_)
    assert run(URL, *headers(V3), "--data=" + urlencode(FORM), token="another") == (1, told + help_)
    # A right signature of the weaker scheme does not make up for a wrong one of the stronger.
    assert run(URL, *headers(V3), *headers(V2), "--data=Digits=2") == (1, told + help_)


def test_the_command_reads_a_repeated_header_as_one_list() -> None:
    """As HTTP and the hosts do: one right signature is enough, and a nonce that is repeated is another nonce."""
    data = "--data=" + urlencode(FORM)
    signature, nonce = headers(V3)
    wrong = f"--header={V3.headers[0].lower()}: A"
    for given_headers in ([signature, wrong, nonce], [wrong, signature, nonce]):
        assert run(URL, *given_headers, data) == (0, "right signature (v3)\n")
    assert run(URL, wrong, wrong, nonce, data)[0] == 1
    assert run(URL, signature, nonce, nonce, data)[0] == 1


def test_the_command_knows_own_targets() -> None:
    templates = HERE / "guarded"
    scheme = schemes("mine", find_targets(templates))["own"]
    given_headers, data = headers(scheme), "--data=" + urlencode(FORM)
    assert run(URL, *given_headers, data, f"--templates={templates}") == (0, "right signature (own)\n")
    assert run(URL, *given_headers, "--data=Digits=2", f"--templates={templates}")[0] == 1
    assert run(URL, *given_headers, data)[1].startswith("no signature: ")


def test_the_command_knows_another_scheme_under_the_same_headers(tmp_path: Path) -> None:
    for name, algorithm in (("aaa", "sha1"), ("zzz", "sha256")):
        folder = tmp_path / "targets" / name
        folder.mkdir(parents=True)
        (folder / "target.yaml").write_text(f"{{name: {name}, extends: plivo, title: Own}}", "utf-8")
        (folder / "webhooks.yaml").write_text(f"signatures: {{v3: {{algorithm: {algorithm}}}}}", "utf-8")
    data = "--data=" + urlencode(FORM)
    for scheme in (V3, V3._replace(algorithm="sha1")):
        assert run(URL, *headers(scheme), data, f"--templates={tmp_path}") == (0, "right signature (v3)\n")
    assert run(URL, *headers(V3._replace(algorithm="sha512")), data, f"--templates={tmp_path}")[0] == 1


def test_the_command_checks_a_body_by_its_hash() -> None:
    body = '{"event": "answered"}'
    url = f"{URL}&bodySHA256={sha256(body.encode()).hexdigest()}"
    header = f"--header=X-Twilio-Signature: {sign(TWIML, 'POST', url, (), '', TOKEN)}"
    assert run(url, header, "--data", body) == (0, "right signature (v1)\n")
    for end in ("", "\n", "\r\n"):
        assert run(url, header, "--data=-", typed=body + end) == (0, "right signature (v1)\n")
    unchecked = "The body was not checked against the hash in the URL (bodySHA256): give the body with --data.\n"
    assert run(url, header) == (0, f"right signature (v1)\n{unchecked}")
    wrong = "wrong body (v1): the URL is signed, but the hash in it is not the hash of this body\n"
    help_ = "The parameter with the hash is bodySHA256. Check that the body is exactly what was received.\n"
    for data in ("", "{}", f"{body} "):
        assert run(url, header, "--data", data) == (1, wrong + help_)
    assert run(url, header, "--data", body, token="another")[0] == 1
    assert run(f"{url}&more=1", header, "--data", body)[1].startswith("wrong signature (v1): ")


def test_the_command_verifies_with_a_shared_key() -> None:
    keys = "another a_secret"
    signature = RequestValidator("a_secret").compute_signature(URL, dict(FORM), "HMAC_SHA256")
    arguments = [URL, f"--header=X-Twilio-Signature: {signature}", "--data=" + urlencode(FORM)]
    told = [f"--header={SIGNATURE_SETTINGS_HEADER}: {SAID}HMAC_SHA256"]
    name = 'v1, HMAC_SHA256 with the shared key "webhooks_sharedkey_1"'
    for token in (None, TOKEN):
        assert run(*arguments, *told, token=token, keys=keys) == (0, f"right signature ({name})\n")
    wrong = f"wrong signature ({name}): the request was changed, or was not signed with this key\n"
    help_ = "Check that the URL is what the carrier requested, with query and port, and that the body is complete.\n"
    assert run(*arguments, *told, keys="another") == (1, wrong + help_)
    unnamed = f"--header={SIGNATURE_SETTINGS_HEADER}: algorithm=HMAC_SHA256"
    assert run(*arguments, unnamed, keys=keys) == (0, "right signature (v1, HMAC_SHA256 with a shared key)\n")
    code, said = run(*arguments, *told)
    missing = 'this request is signed with the shared key "webhooks_sharedkey_1": set FLOWC_SHARED_KEY to its secret'
    assert (code, said.splitlines()[-1]) == (2, f"Error: {missing}")
    code, said = run(*arguments, token=None, keys=keys)
    missing = "this request is signed with the auth token of the account: set FLOWC_AUTH_TOKEN to it"
    assert (code, said.splitlines()[-1]) == (2, f"Error: {missing}")


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (f"{SAID}HMAC_SHA512", 'the algorithm "HMAC_SHA512"'),
        (f"{SAID}HMAC_SHA1,algorithm=HMAC_SHA256", 'the algorithm "HMAC_SHA1, HMAC_SHA256"'),
        ("key=webhooks_sharedkey_1", "no algorithm"),
    ],
)
def test_the_command_tells_what_it_does_not_support(said: str, found: str) -> None:
    signature = sign(TWIML, "POST", URL, FORM, "", TOKEN)
    told = (
        f"not supported (v1): {SIGNATURE_SETTINGS_HEADER} names {found}; flowc supports HMAC_SHA1 and HMAC_SHA256\n"
        "Nothing was verified. Use one of these algorithms for the shared key, or a newer version of flowc.\n"
    )
    headers = [f"--header=X-Twilio-Signature: {signature}", f"--header={SIGNATURE_SETTINGS_HEADER}: {said}"]
    assert run(URL, *headers, "--data=" + urlencode(FORM), keys=TOKEN) == (1, told)


def test_the_command_tells_that_there_is_no_signature() -> None:
    code, told = run(URL, "--header=Host: crm.example.com")
    assert code == 1
    assert told == (
        "no signature: the request has none of the signature headers X-SignalWire-Signature, X-Plivo-Signature-V3, "
        "X-Plivo-Signature-Ma-V3, X-Plivo-Signature-V3-Nonce, X-Plivo-Signature-V2, X-Plivo-Signature-Ma-V2, "
        "X-Plivo-Signature-V2-Nonce and X-Twilio-Signature\n"
    )


@pytest.mark.parametrize(
    ("arguments", "token", "message"),
    [
        ([URL], None, "the environment variable FLOWC_AUTH_TOKEN is not set: set it to the auth token of the account"),
        ([URL], "", "the environment variable FLOWC_AUTH_TOKEN is not set: set it to the auth token of the account"),
        (["/hook"], TOKEN, "URL must be the complete URL that was requested, with https:// and host"),
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

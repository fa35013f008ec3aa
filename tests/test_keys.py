"""Keys: what is derived, what is refused, and that nothing secret shows."""

import hmac
import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.facts import Identity, Reference
from hub.errors import Misconfigured, Tampered
from hub.key_text import read
from hub.keys import (
    SALT_SIZE,
    SEAL_OVERHEAD,
    ApiKey,
    Keys,
    Mac,
    fresh_salt,
    hash_api_key,
    new_api_key,
)

KEY = bytes(range(32))
SALT = bytes(range(16))
LEASE = Reference("lease", "delftwonen", "HC-1")
FACT = Identity("urn:nld:kvknr:12345678:systeem:verhuur", "1")


def keys() -> Keys:
    return Keys(KEY)


@given(st.binary(min_size=1, max_size=64), st.binary(max_size=200))
def test_a_mac_is_the_one_of_the_standard_library(key: bytes, message: bytes) -> None:
    assert Mac(key)(message) == hmac.digest(key, message, "sha256")


def test_what_was_derived_stays_the_same_in_every_release() -> None:
    """Stored state is found by these; a change here loses every household."""
    assert keys().fingerprint == "ef8692e6dc50fcf2"
    assert Keys(bytes(32), KEY).fingerprint == "a3234ecc0206e765"
    assert keys().reference_key("0503", LEASE).hex() == "28ee8126a1ee085ca185993b"
    assert keys().identity_key("0503", FACT).hex() == "dae643764ffab98fed74"
    assert keys().handle("gemeente-delft", b"household") == "hh-izttj27bsqmn4kre7y3qhto3n2"
    assert keys().receipt_id(FACT) == "rc-sko5bfgkf2rf63jfrkbbdhrdc7"
    assert (
        keys().cipher(SALT).seal(b"key", b"plain").hex()
        == "5a1a57867b1390c790a3eeac49437f60c240e07f94"
    )


@pytest.mark.parametrize(
    ("place", "reference"),
    [
        pytest.param("0503", Reference("lease", "delftwonen", "HC-2"), id="value"),
        pytest.param("0503", Reference("lease", "vidomes", "HC-1"), id="issuer"),
        pytest.param("0503", Reference("dossier", "delftwonen", "HC-1"), id="scheme"),
        pytest.param("0518", LEASE, id="gemeente"),
    ],
)
def test_a_reference_that_differs_has_another_key(place: str, reference: Reference) -> None:
    assert keys().reference_key(place, reference) != keys().reference_key("0503", LEASE)


def test_two_parties_have_handles_of_one_household_that_cannot_be_joined() -> None:
    ours = keys().handle("gemeente-delft", b"household")
    theirs = keys().handle("delftwonen", b"household")
    assert ours[:3] == theirs[:3] == "hh-"
    assert len(ours) == len(theirs) == 29
    assert ours != theirs


def test_another_deployment_has_other_keys_for_the_same() -> None:
    other = Keys(bytes(32))
    assert other.reference_key("0503", LEASE) != keys().reference_key("0503", LEASE)
    assert other.fingerprint != keys().fingerprint


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_what_is_sealed_opens_again(plain: bytes, key: bytes) -> None:
    cipher = keys().cipher(SALT)
    sealed = cipher.seal(key, plain)
    assert len(sealed) == len(plain) + SEAL_OVERHEAD
    assert sealed == cipher.seal(key, plain)
    assert cipher.open(key, sealed) == plain


@pytest.mark.parametrize("place", range(SEAL_OVERHEAD + 5))
def test_a_sealed_value_with_one_bit_flipped_does_not_open(place: int) -> None:
    sealed = bytearray(keys().cipher(SALT).seal(b"key", b"plain"))
    sealed[place] ^= 1
    with pytest.raises(Tampered):
        keys().cipher(SALT).open(b"key", bytes(sealed))


def test_a_sealed_value_does_not_open_elsewhere() -> None:
    sealed = keys().cipher(SALT).seal(b"key", b"plain")
    with pytest.raises(Tampered):
        keys().cipher(SALT).open(b"other key", sealed)
    with pytest.raises(Tampered):
        keys().cipher(fresh_salt()).open(b"key", sealed)
    with pytest.raises(Tampered):
        Keys(bytes(32)).cipher(SALT).open(b"key", sealed)


@pytest.mark.parametrize("size", [0, 1, 15])
def test_bytes_that_are_too_short_to_be_sealed_do_not_open(size: int) -> None:
    with pytest.raises(Tampered):
        keys().cipher(SALT).open(b"key", bytes(size))


@pytest.mark.parametrize("size", [0, 15, 17])
def test_a_salt_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(Tampered):
        keys().cipher(bytes(size))


def test_salts_are_fresh() -> None:
    assert len(fresh_salt()) == SALT_SIZE
    assert fresh_salt() != fresh_salt()


def test_an_api_key_is_stored_as_its_hash() -> None:
    made = new_api_key()
    assert made.secret.startswith("sk_")
    assert len(made.secret) == 3 + 43
    assert made.digest == hash_api_key(made.secret)
    assert made.secret != new_api_key().secret


def test_nothing_secret_shows() -> None:
    made = ApiKey("sk_secret")
    shown = repr([keys(), keys().cipher(SALT), Mac(KEY), made])
    assert "sk_secret" not in shown
    assert KEY.hex() not in shown
    assert repr(KEY) not in shown


def test_a_key_file_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "seintje.key"
    made = Keys.load_or_create(path)
    assert Keys.load_or_create(path).fingerprint == made.fingerprint
    assert Keys.load(path).fingerprint == made.fingerprint
    assert path.stat().st_mode & 0o777 == 0o600
    assert [it.name for it in tmp_path.iterdir()] == ["seintje.key"]


def test_a_key_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    path = written(tmp_path, "seintje-key 1\n")
    with pytest.raises(Misconfigured, match="damaged"):
        Keys.load_or_create(path)
    assert path.read_text() == "seintje-key 1\n"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o666])
def test_a_key_file_that_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "seintje.key"
    Keys.load_or_create(path)
    path.chmod(mode)
    with pytest.raises(Misconfigured, match="chmod 600"):
        Keys.load_or_create(path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param("", "not a key", id="empty"),
        pytest.param("-----BEGIN PRIVATE KEY-----\n", "not a key", id="another kind of key"),
        pytest.param("seintje-key one\n" + "00" * 32, "not a key", id="no version"),
        pytest.param("seintje-key 3\n" + "00" * 32, "run that release", id="newer version"),
        pytest.param("seintje-key 0\n", "damaged", id="no key at all"),
        pytest.param("seintje-key 2\n" + "00" * 32, "damaged", id="a successor without names"),
        pytest.param("seintje-key 1\n" + f"{'00' * 32}\n" * 2, "damaged", id="names too many"),
        pytest.param("seintje-key 1\n" + "00" * 31, "damaged", id="too short"),
        pytest.param("seintje-key 1\n" + "00" * 33, "damaged", id="too long"),
        pytest.param("seintje-key 1\n" + "zz" * 32, "damaged", id="not hexadecimal"),
        pytest.param("seintje-key 1\n" + "00" * 32 + "\n00", "damaged", id="something behind it"),
        pytest.param("seintje-key 1\n" + "00" * 1000, "damaged", id="far too long"),
    ],
)
def test_a_file_with_other_content_is_refused(tmp_path: Path, content: str, told: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(Misconfigured, match=told) as refused:
        Keys.load(path)
    assert "00000000" not in str(refused.value)


def test_a_key_file_that_is_missing_is_not_made_by_loading(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"not there.*seintje keys create"):
        Keys.load(tmp_path / "seintje.key")
    assert not list(tmp_path.iterdir())


def test_a_key_file_in_a_directory_that_is_missing_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be made"):
        Keys.load_or_create(tmp_path / "nowhere" / "seintje.key")


def test_a_directory_in_the_place_of_the_key_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        Keys.load_or_create(tmp_path)


def test_a_key_of_another_size_is_refused() -> None:
    with pytest.raises(Misconfigured, match="32 bytes"):
        Keys(b"short")


def test_a_successor_seals_by_itself_and_names_as_before(tmp_path: Path) -> None:
    former, path = tmp_path / "seintje.key", tmp_path / "next.key"
    first = Keys.load_or_create(former)
    second = Keys.load_or_succeed(path, read(former))
    assert path.stat().st_mode & 0o777 == 0o600
    assert second.fingerprint != first.fingerprint
    assert second.names == first.names
    assert second.reference_key("0503", LEASE) == first.reference_key("0503", LEASE)
    assert second.identity_key("0503", FACT) == first.identity_key("0503", FACT)
    assert second.handle("delftwonen", b"x") == first.handle("delftwonen", b"x")
    assert second.receipt_id(FACT) == first.receipt_id(FACT)
    with pytest.raises(Tampered):
        second.cipher(SALT).open(b"key", first.cipher(SALT).seal(b"key", b"plain"))


def test_a_successor_has_successors(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.key", "b.key", "c.key")]
    made = [Keys.load_or_create(paths[0])]
    made += [Keys.load_or_succeed(path, read(former)) for former, path in pairwise(paths)]
    assert len({keys.fingerprint for keys in made}) == 3
    assert len({keys.names for keys in made}) == 1
    assert Keys.load_or_succeed(paths[2], read(paths[0])).fingerprint == made[2].fingerprint


def test_a_key_that_succeeds_another_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    former, other = tmp_path / "seintje.key", tmp_path / "other.key"
    Keys.load_or_create(former)
    stranger = Keys.load_or_create(other)
    with pytest.raises(Misconfigured, match="no successor"):
        Keys.load_or_succeed(other, read(former))
    assert Keys.load(other).fingerprint == stranger.fingerprint


def written(directory: Path, content: str) -> Path:
    path = directory / "seintje.key"
    path.write_text(content)
    os.chmod(path, 0o600)
    return path

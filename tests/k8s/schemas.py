"""Strict schemas: a kind that is not known is a mistake, and so is a field that is not known.

Kinds of Kubernetes itself by `kubernetes-validate`, custom ones by their definitions in `crds`. The
latter say nothing of fields that they do not name; here that means none, but where the definition
keeps what it does not know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import kubernetes_validate  # type: ignore[import-untyped]  # it has no types
import yaml
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from tests.k8s.building import Manifest, Manifests, called

# The oldest that the sleep before a stop is known to, one in between, and the newest we have.
VERSIONS: Final = ("1.30", "1.33", "1.37")
CRDS: Final = Path(__file__).with_name("crds")

_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where it is
_ANYTHING: Final = "x-kubernetes-preserve-unknown-fields"


def problems(manifests: Manifests, version: str) -> list[str]:
    """What is wrong with these, for a cluster of this version."""
    return [f"{called(it)}: {told}" for it in manifests for told in _problems(it, version)]


def _problems(manifest: Manifest, version: str) -> Iterator[str]:
    own = definitions().get((manifest["apiVersion"], manifest["kind"]))
    if own is not None:
        for error in _Validator(own).iter_errors(manifest):
            yield f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
        return
    try:
        kubernetes_validate.validate(dict(manifest), version, strict=True)
    except kubernetes_validate.ValidationError as error:
        yield f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
    except kubernetes_validate.SchemaNotFoundError as error:
        yield str(error.message)


def _each_once(_validator: Any, keys: Any, items: Any, _schema: Any) -> Iterator[ValidationError]:
    """A list that is a map: the API server refuses two items of one name."""
    found = [tuple(it.get(key) for key in keys) for it in items if isinstance(it, dict)]
    for it in {it for it in found if found.count(it) > 1}:
        yield ValidationError(f"{it} stands there twice")


_Validator: Final = extend(Draft202012Validator, {"x-kubernetes-list-map-keys": _each_once})  # type: ignore[no-untyped-call]  # so it ships


@cache
def definitions() -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """The strict schema of each custom kind, by apiVersion and kind."""
    found = {}
    for file in sorted(CRDS.glob("*.yaml")):
        spec = yaml.load(file.read_text("utf-8"), _Loader)["spec"]
        for version in spec["versions"]:
            schema = _strict(version["schema"]["openAPIV3Schema"])
            schema["properties"] |= {"apiVersion": {}, "kind": {}, "metadata": {}}
            found[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = schema
    return found


def _strict(node: Any) -> Any:
    if isinstance(node, list):
        return [_strict(it) for it in node]
    if not isinstance(node, dict):
        return node
    strict = {name: _strict(it) for name, it in node.items()}
    if node.get("x-kubernetes-int-or-string"):
        strict.pop("type", None)
    if isinstance(node.get("properties"), dict) and not node.get(_ANYTHING):
        strict.setdefault("additionalProperties", False)
    return strict

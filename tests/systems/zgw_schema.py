"""Holds what the ZGW system says and hears against the schemas of the standard, as they were
published (`zgw_schemas.json`, EUPL-1.2; its licence note stands in the file).

They are OpenAPI 3.0; here they become JSON Schema: `nullable` is a type, and a discriminator is
the choice that it makes. What is `readOnly` is not asked for in what is sent to an API, what is
`writeOnly` not in what comes back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker

_FILE: Final = Path(__file__).with_name("zgw_schemas.json")
_REF: Final = "#/components/schemas/"


def said_wrong(api: str, name: str, body: Any) -> list[str]:
    """What is wrong with a resource that an API answers."""
    return _wrong(api, name, "writeOnly", body)


def asked_wrong(api: str, name: str, body: Any) -> list[str]:
    """What is wrong with a resource that is sent to an API: its fields."""
    return _wrong(api, name, "readOnly", body)


def fields_of(api: str, name: str) -> Mapping[str, Any]:
    """The fields of a resource, with their schemas."""
    found: Mapping[str, Any] = _schemas(api)[name]["properties"]
    return found


def filled(api: str, name: str, resource: Mapping[str, Any]) -> dict[str, Any]:
    """A resource with all that the standard requires, where a test did not say it."""
    schemas = _schemas(api)
    fields, required = schemas[name]["properties"], schemas[name].get("required", [])
    asked = [it for it in required if it not in resource and not fields[it].get("writeOnly")]
    return {it: _usual(schemas, fields[it]) for it in asked} | dict(resource)


def _usual(schemas: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
    if schema.get("nullable"):
        return None
    if "allOf" in schema:
        return _usual(schemas, schema["allOf"][0])
    if "$ref" in schema:
        return _usual(schemas, schemas[schema["$ref"].removeprefix(_REF)])
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        required = schema.get("required", [])
        return {it: _usual(schemas, schema["properties"][it]) for it in required}
    by_format = {"uri": "https://voorbeeld.nl/", "date": "2020-01-01", "duration": "P30D"}
    by_type = {"array": [], "boolean": False, "integer": 1}
    return by_format.get(schema.get("format", ""), by_type.get(schema.get("type", ""), "x"))


def _wrong(api: str, name: str, passed: str, body: Any) -> list[str]:
    errors = _validator(api, name, passed).iter_errors(body)
    return sorted(".".join(map(str, it.path)) + f" {it.validator}" for it in errors)


@lru_cache
def _validator(api: str, name: str, passed: str) -> Draft202012Validator:
    definitions = {key: _plain(it, passed) for key, it in _schemas(api).items()}
    schema = {"$ref": f"#/$defs/{name}", "$defs": definitions}
    return Draft202012Validator(schema, format_checker=FormatChecker(["date", "uuid"]))


@lru_cache
def _schemas(api: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(_FILE.read_text("utf-8"))[api]["schemas"]
    return found


def _plain(schema: Any, passed: str) -> Any:
    if isinstance(schema, list):
        return [_plain(it, passed) for it in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _plain(it, passed) for key, it in schema.items()}
    found.pop("discriminator", None)
    if isinstance(found.get("$ref"), str):
        found["$ref"] = found["$ref"].replace(_REF, "#/$defs/")
    if isinstance(found.get("required"), list):
        own = schema.get("properties", {})
        found["required"] = [it for it in found["required"] if not own.get(it, {}).get(passed)]
    if found.pop("nullable", False) is True:
        return {"anyOf": [{"type": "null"}, found]}
    return found

"""A real schema registry: what is registered can be read by its id, and compatibility is held."""

from __future__ import annotations

import json

import httpx
import pytest

from hub.streams.kafka.names import Names

pytestmark = pytest.mark.slow


def schema(*fields: str) -> dict[str, str]:
    record = {
        "type": "record",
        "name": "Thing",
        "fields": [{"name": it, "type": "string"} for it in fields],
    }
    return {"schema": json.dumps(record)}


def test_a_schema_is_read_by_its_id_and_an_incompatible_one_is_refused(
    registry: str, kafka_names: Names
) -> None:
    versions = f"/subjects/{kafka_names.prefix}-value/versions"
    with httpx.Client(base_url=registry, trust_env=False, timeout=30) as http:
        config = {"compatibility": "FULL_TRANSITIVE"}
        assert http.put(f"/config/{kafka_names.prefix}-value", json=config).is_success
        registered = http.post(versions, json=schema("a")).raise_for_status().json()
        found = http.get(f"/schemas/ids/{registered['id']}").raise_for_status().json()
        assert json.loads(found["schema"]) == json.loads(schema("a")["schema"])
        assert http.post(versions, json=schema("a")).json()["id"] == registered["id"]
        assert http.post(versions, json=schema("a", "b")).status_code == httpx.codes.CONFLICT
        assert http.get("/schemas/ids/987654").status_code == httpx.codes.NOT_FOUND

"""Runs in .venv-avro-peer, with avro-python3: reads Avro bytes and prints what it found as JSON."""

import io
import json
import sys

import avro.io
import avro.schema

found = []
for asked in json.load(sys.stdin):
    schema = avro.schema.parse(asked["schema"])
    body = io.BytesIO(bytes.fromhex(asked["body"]))
    found.append(avro.io.DatumReader(schema).read(avro.io.BinaryDecoder(body)))
    if body.read():
        sys.exit("bytes are left")
json.dump(found, sys.stdout)

#!/usr/bin/env python3
"""Writes createonly.json from the resource schemas that cfn-lint carries.

Usage: generate.py createonly.json  (with cfn-lint installed)
"""
import json
import pathlib
import sys

import cfnlint

schemas = pathlib.Path(cfnlint.__file__).parent / "data" / "schemas" / "resources"
table = {}
for path in schemas.glob("*.json"):
    schema = json.loads(path.read_text())
    names = {p.removeprefix("/properties/").replace("/", ".") for p in schema.get("createOnlyProperties", [])}
    table.setdefault(schema["typeName"], set()).update(names)
# CloudFormation replaces a record when its name or type changes; the schema
# does not say so.
table["AWS::Route53::RecordSet"] |= {"Name", "Type"}
rows = [f"{json.dumps(kind)}:{json.dumps(sorted(names), separators=(',', ':'))}" for kind, names in sorted(table.items()) if names]
pathlib.Path(sys.argv[1]).write_text("{\n" + ",\n".join(rows) + "\n}\n")

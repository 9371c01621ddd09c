"""The template as CloudFormation gets it, and the circles it would refuse."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from functions import TEMPLATE
from samtranslator.public.translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

CHOSEN = {"Recipient": "import@notes.example", "ApiUrl": "https://notes.example/graphql"}


def translated() -> dict[str, Any]:
    """What SAM makes of the template, every condition true."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
    said = yaml_parse(TEMPLATE.read_text())
    said["Globals"]["Function"]["CodeUri"] = "s3://packages/built"  # as sam deploy uploads it
    loader = ManagedPolicyLoader(None)
    loader._policy_map = {}  # roles are our own: a policy of AWS would not be found
    return transform(said, CHOSEN, loader)


def _references(value: Any, names: set[str]) -> Iterator[str]:
    """Logical names a value refers to."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "Ref":
                yield from {each} & names
            elif key == "Fn::GetAtt":
                yield from {each[0] if isinstance(each, list) else each.split(".")[0]} & names
            elif key == "Fn::Sub":
                text = each if isinstance(each, str) else each[0]
                yield from {n.split(".")[0] for n in re.findall(r"\$\{([\w.]+)\}", text)} & names
            else:
                yield from _references(each, names)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each, names)


def circle(resources: dict[str, Any]) -> list[str]:
    """A circle of dependencies; empty when there is none."""
    names = set(resources)
    edges = {}
    for name, said in resources.items():
        first = said.get("DependsOn", [])
        edges[name] = {*([first] if isinstance(first, str) else first)} | set(
            _references(said.get("Properties", {}), names)
        )
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for following in sorted(edges[name]):
            if found := visit(following, [*path, name]):
                return found
        done.add(name)
        return []

    return next(filter(None, (visit(name, []) for name in sorted(names))), [])

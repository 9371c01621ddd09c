"""A SAM template as values: parsed, its conditions decided, its references filled in. Pure.

Knows the intrinsic functions the template of `deploy/aws` uses, and says so about any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from margins.errors import InputError

__all__ = ["Resource", "Stack", "read"]

_VARIABLE = re.compile(r"\$\{([A-Za-z0-9:.]+)\}")


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref x` is {"Ref": "x"}."""


def _short_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource, its properties not resolved yet.

    Attributes:
        depends_on: names of resources that are made before it (DependsOn).
    """

    name: str
    type: str
    properties: Mapping[str, Any]
    depends_on: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Stack:
    """A template with its parameters chosen.

    Attributes:
        physical: what `Ref` of a resource stands for, as far as it exists by now.
        arns: the same for `GetAtt` of its Arn.
        attributes: for `GetAtt` of another one: `Resource.Attribute`.
    """

    template: Mapping[str, Any]
    parameters: Mapping[str, str]
    region: str
    account: str
    physical: dict[str, str] = field(default_factory=dict)
    arns: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)

    def resources(self, kind: str) -> Iterator[Resource]:
        """Resources of a type whose condition holds, in the order of the template."""
        shared = self.template.get("Globals", {}).get("Function", {})
        for name, said in self.template["Resources"].items():
            condition = said.get("Condition")
            if said["Type"] != kind or (condition and not self.holds(condition)):
                continue
            properties = said.get("Properties", {})
            if kind == "AWS::Serverless::Function":
                properties = _merged(shared, properties)
            needed = said.get("DependsOn", ())
            yield Resource(
                name=name,
                type=kind,
                properties=properties,
                depends_on=(needed,) if isinstance(needed, str) else tuple(needed),
            )

    def holds(self, condition: str) -> bool:
        """Whether a named condition is true."""
        return bool(self.resolve(self.template["Conditions"][condition]))

    def resolve(self, value: Any) -> Any:
        """The value with every intrinsic function carried out.

        Raises:
            InputError: one that is not known here, or names something that does not exist.
        """
        if isinstance(value, list):
            return [self.resolve(each) for each in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._intrinsic(name, argument)
        return {name: self.resolve(each) for name, each in value.items()}

    def _intrinsic(self, name: str, argument: Any) -> Any:
        match name, argument:
            case "Ref", str():
                return self._named(argument)
            case "Fn::GetAtt", [str() as resource, str() as attribute]:
                return self._named(f"{resource}.{attribute}")
            case "Fn::Sub", str():
                return _VARIABLE.sub(lambda found: self._named(found[1]), argument)
            case "Fn::Equals", [one, other]:
                return self.resolve(one) == self.resolve(other)
            case "Fn::Not", [one]:
                return not self.resolve(one)
            case "Fn::If", [str() as condition, one, other]:
                return self.resolve(one if self.holds(condition) else other)
        raise InputError(f"{name} is not known here.", place="template")

    def _named(self, name: str) -> str:
        pseudo = {
            "AWS::AccountId": self.account,
            "AWS::Region": self.region,
            "AWS::Partition": "aws",
        }
        base, _, attribute = name.partition(".")
        found = {**pseudo, **self.parameters, **self.attributes}.get(name)
        if found is None and attribute == "Arn":
            found = self.arns.get(base)
        if found is None and attribute in {"", "QueueName"}:
            found = self.physical.get(base)
        if found is None:
            raise InputError(f"Nothing here is called {name!r}.", place="template")
        return found


def _merged(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Globals under a function's own properties; mappings are merged (SAM's rule)."""
    merged = {**shared}
    for name, value in own.items():
        before = merged.get(name)
        both = isinstance(before, Mapping) and isinstance(value, Mapping)
        merged[name] = _merged(before, value) if both else value  # type: ignore[arg-type]
    return merged


def read(text: str, parameters: Mapping[str, str], *, region: str, account: str) -> Stack:
    """The template with these parameters, and the defaults of the others.

    Raises:
        InputError: it is not YAML, or a parameter is missing or unknown.
    """
    try:
        template = yaml.load(text, _Loader)  # noqa: S506  a SafeLoader
    except yaml.YAMLError as error:
        raise InputError(f"It is not YAML: {error}", place="template") from error
    declared = template.get("Parameters", {})
    chosen = {name: str(said["Default"]) for name, said in declared.items() if "Default" in said}
    chosen |= parameters
    if wrong := chosen.keys() ^ declared.keys():
        raise InputError(
            f"Missing or unknown: {', '.join(sorted(wrong))}.", place="template parameters"
        )
    return Stack(template=template, parameters=chosen, region=region, account=account)

"""Parses recorded AWS answers against botocore's service models.

Prints one line for each thing that does not fit: an element that the model
does not have, a value of a wrong type, a value that the model's enum lacks, an
error document of a wrong form. A parser of botocore would let most of that pass.
"""
import json
import re
import sys
import xml.etree.ElementTree as ElementTree

import botocore.session

MODELS = {"EC2": "ec2", "STS": "sts", "EKS": "eks", "Auto Scaling": "autoscaling"}
# Values that AWS does answer with although its own model lacks them, with where AWS says so.
OUTSIDE_THE_MODEL = {
    # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InternetGatewayAttachment.html
    ("InternetGatewayAttachment", "available"),
}
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")

session = botocore.session.get_session()
loaded = {}
problems = set()


def model(service):
    if service not in loaded:
        loaded[service] = session.get_service_model(MODELS[service])
    return loaded[service]


def local(tag):
    return tag.rsplit("}", 1)[-1]


class Reader:
    """Walks an answer beside the shape it should have."""

    def __init__(self, protocol, where):
        self.protocol, self.where = protocol, where

    def problem(self, path, text):
        problems.add(f"{self.where}: {path or '/'}: {text}")

    def member_name(self, name, shape):
        serialization = shape.serialization
        return serialization.get("name", name)

    # XML

    def structure(self, node, shape, path):
        known = {}
        for name, member in shape.members.items():
            if member.serialization.get("flattened"):
                name = member.member.serialization.get("name", name)
            known[self.member_name(name, member)] = member
        for child in node:
            name = local(child.tag)
            if name not in known:
                self.problem(path, f"unknown element {name}")
                continue
            if (shape.name, (child.text or "").strip()) in OUTSIDE_THE_MODEL:
                continue
            self.xml(child, known[name], f"{path}/{name}")

    def xml(self, node, shape, path):
        kind = shape.type_name
        if kind == "structure":
            self.structure(node, shape, path)
        elif kind == "list":
            if shape.serialization.get("flattened"):
                self.xml(node, shape.member, path)
                return
            wanted = shape.member.serialization.get("name", "member")
            if node.text and node.text.strip():
                self.problem(path, "text inside a list")
            for child in node:
                if local(child.tag) != wanted:
                    self.problem(path, f"unknown element {local(child.tag)} in a list of {wanted}")
                    continue
                self.xml(child, shape.member, path)
        elif kind == "map":
            self.problem(path, "maps are not checked")
        else:
            if len(node):
                self.problem(path, f"elements inside a {kind}")
            self.scalar(node.text or "", shape, path)

    def scalar(self, text, shape, path):
        kind = shape.type_name
        if kind == "boolean" and text not in ("true", "false"):
            self.problem(path, f"{text!r} is not a boolean")
        elif kind in ("integer", "long"):
            if not re.fullmatch(r"-?\d+", text):
                self.problem(path, f"{text!r} is not an {kind}")
        elif kind in ("double", "float"):
            try:
                float(text)
            except ValueError:
                self.problem(path, f"{text!r} is not a {kind}")
        elif kind == "timestamp" and not TIME.match(text):
            self.problem(path, f"{text!r} is not a timestamp")
        elif kind == "string" and getattr(shape, "enum", None) and text not in shape.enum:
            self.problem(path, f"{text!r} is not one of {shape.enum}")

    # JSON

    def json(self, value, shape, path):
        kind = shape.type_name
        if value is None:
            return
        if kind == "structure":
            if not isinstance(value, dict):
                self.problem(path, "is not a structure")
                return
            known = {self.member_name(n, m): m for n, m in shape.members.items()}
            for name, inner in value.items():
                if name not in known:
                    self.problem(path, f"unknown element {name}")
                    continue
                self.json(inner, known[name], f"{path}/{name}")
        elif kind == "list":
            if not isinstance(value, list):
                self.problem(path, "is not a list")
                return
            for inner in value:
                self.json(inner, shape.member, path)
        elif kind == "map":
            if not isinstance(value, dict):
                self.problem(path, "is not a map")
                return
            for inner in value.values():
                self.json(inner, shape.value, path)
        elif kind == "boolean":
            if not isinstance(value, bool):
                self.problem(path, f"{value!r} is not a boolean")
        elif kind in ("integer", "long", "double", "float", "timestamp"):
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                self.problem(path, f"{value!r} is not a {kind}")
        elif not isinstance(value, str):
            self.problem(path, f"{value!r} is not a string")
        else:
            self.scalar(value, shape, path)


def check_error(protocol, answer, where):
    reader = Reader(protocol, where + " error")
    if protocol == "rest-json":
        try:
            body = json.loads(answer["body"])
        except ValueError:
            reader.problem("", "error document is not JSON")
            return
        if not (answer["errorType"] or body.get("__type") or body.get("code")):
            reader.problem("", "error document without a type")
        if not (body.get("message") or body.get("Message")):
            reader.problem("", "error document without a message")
        return
    try:
        root = ElementTree.fromstring(answer["body"])
    except ElementTree.ParseError as error:
        reader.problem("", f"error document is not XML: {error}")
        return
    if protocol == "ec2":
        wanted, code = "Response", [local(e.tag) for e in root.findall("./{*}Errors/{*}Error/*")]
    else:
        wanted, code = "ErrorResponse", [local(e.tag) for e in root.findall("./{*}Error/*")]
    if local(root.tag) != wanted or "Code" not in code or "Message" not in code:
        reader.problem("", f"error document is a {local(root.tag)} with {code}, want a {wanted} with Code and Message")


def check_success(protocol, operation, answer, where):
    reader = Reader(protocol, where)
    shape = operation.output_shape
    if protocol == "rest-json":
        if shape is not None:
            reader.json(json.loads(answer["body"]), shape, "")
        return
    root = ElementTree.fromstring(answer["body"])
    if local(root.tag) != operation.name + "Response":
        reader.problem("", f"root element {local(root.tag)}")
    if protocol == "ec2":
        for child in list(root):
            if local(child.tag) in ("requestId", "RequestId") or (shape is None and local(child.tag) == "return"):
                root.remove(child)
        if shape is not None:
            reader.structure(root, shape, "")
        elif len(root):
            reader.problem("", f"unknown elements {[local(c.tag) for c in root]} where there is no output")
        return
    known = {"ResponseMetadata", operation.name + "Result"}
    for child in root:
        name = local(child.tag)
        if name not in known:
            reader.problem("", f"unknown element {name}")
        elif name.endswith("Result") and shape is not None:
            reader.structure(child, shape, "")


def check(answer):
    where = f"{answer['service']} {answer['action']}"
    if answer["service"] not in MODELS:
        problems.add(f"{where}: no model")
        return
    service = model(answer["service"])
    protocol = service.metadata["protocol"]
    try:
        if answer["status"] >= 300:
            check_error(protocol, answer, where)
        else:
            check_success(protocol, service.operation_model(answer["action"]), answer, where)
    except Exception as error:  # any answer that breaks the walk is one that does not fit
        problems.add(f"{where}: {type(error).__name__}: {error}")


with open(sys.argv[1], encoding="utf-8") as recorded:
    for recorded_answer in json.load(recorded):
        check(recorded_answer)
print("\n".join(sorted(problems)))

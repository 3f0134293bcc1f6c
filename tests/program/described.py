# SPDX-License-Identifier: Apache-2.0
"""A client that holds every answer against api/openapi.yaml."""

import http.client
import json
import re
import urllib.parse

import jsonschema
import yaml

from conftest import ROOT

DESCRIPTION = yaml.safe_load((ROOT / "api/openapi.yaml").read_text())


def described(method, path, status):
    """The contents that the description allows for this answer."""
    for template, methods in DESCRIPTION["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and method.lower() in methods:
            answer = methods[method.lower()]["responses"].get(str(status))
            assert answer, f"{method} {path} gave {status}, which is not described"
            if "$ref" in answer:
                answer = DESCRIPTION["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
            return answer["content"]
    raise AssertionError(f"{method} {path} is not described")


def check_schema(schema, value):
    jsonschema.Draft202012Validator({**schema, "components": DESCRIPTION["components"]}).validate(value)


class Client:
    def __init__(self, address, headers=None):
        self.address, self.headers = address, headers or {}
        self.host = urllib.parse.urlsplit(address).netloc

    def raw(self, method, target, body=None, headers=()):
        connection = http.client.HTTPConnection(self.host, timeout=120)
        connection.request(method, target, body, {**self.headers, **dict(headers)})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer, content

    def __call__(self, method, target, body=None, headers=(), status=200):
        answer, content = self.raw(method, target, body, headers)
        assert answer.status == status, content[:500]
        kind = answer.headers.get_content_type()
        allowed = described(method, target.split("?")[0], status)
        assert kind in allowed, f"{target} came as {kind}"
        if not kind.endswith("json"):
            return content
        value = json.loads(content)
        check_schema(allowed[kind]["schema"], value)
        if status >= 400:
            assert value["status"] == status and len(value["detail"]) > 5
        return value

    def post(self, path, parts, status=200):
        body, kind = multipart(parts)
        return self("POST", path, body, {"Content-Type": kind}, status)


def multipart(parts):
    """`parts`: (name, file name or None, bytes)."""
    boundary = "x-nacre-test"
    body = b""
    for name, file_name, content in parts:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
        head += f'; filename="{file_name}"\r\nContent-Type: image/jpeg' if file_name else ""
        body += head.encode() + b"\r\n\r\n" + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"

"""OpenAPI 3.1, made from the same declarations that serve the requests."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from edge import socket_documents
from edge.endpoints import CSV, JSON, Endpoint, Guard, Key
from edge.problems import MEDIA_TYPE
from edge.socket_documents import SocketTicket

REF = "#/components/schemas/{model}"
ID = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$"}
PARAMETER = re.compile(r"{(\w+)}")
Json = dict[str, Any]


class FieldError(BaseModel):
    field: str
    detail: str


class ProblemDocument(BaseModel, extra="allow"):
    """RFC 9457. `reason` is a domain's stable word; of a waited-for operation that failed, `status` is `failed`."""

    type: str
    title: str
    status: int | str
    detail: str
    instance: str
    errors: list[FieldError] = Field(default_factory=list)
    reason: str = ""
    operation_id: str = ""


class AcceptedOperation(BaseModel, extra="allow"):
    """With the ids of what will be created."""

    operation_id: str
    status: str
    links: dict[str, str]


class SucceededOperation(AcceptedOperation):
    result: dict[str, Any]


class OperationView(BaseModel, extra="allow"):
    operation_id: str
    status: str = Field(description="pending, delayed, suspended, succeeded or failed")
    steps: list[dict[str, Any]]
    result: dict[str, Any] | None
    problem: dict[str, Any] | None
    links: dict[str, str]


OWN: Sequence[tuple[str, str, str, str, bool]] = (
    ("/v1/operations/{operation_id}", "An operation and how it fares", JSON, "OperationView", True),
    ("/v1/operations/{operation_id}/events", "Its changes as server-sent events", "text/event-stream", "", True),
    ("/demo/events", "Orders per second and queue depths as server-sent events", "text/event-stream", "", False),
    ("/healthz", "Whether the process is alive", JSON, "", False),
    ("/metrics", "Prometheus metrics of this process", "text/plain", "", False),
    ("/metrics/targets", "Where the other processes have theirs (Prometheus HTTP service discovery)", JSON, "", False),
    ("/.well-known/jwks.json", "The keys that tokens are verified with", JSON, "", False),
)
"""Path, summary, media type, schema and whether a token is needed."""

TITLES: Mapping[str, str] = {
    "400": "The request cannot be read", "401": "No valid bearer token", "403": "Not allowed for this role",
    "404": "No such thing, or somebody else's", "406": "Not acceptable", "408": "The body took too long",
    "409": "Refused: a conflict with the present state", "413": "The body is too large", "415": "Wrong content type",
    "422": "Not valid, or refused for good", "429": "Too many requests", "503": "Busy; retry later",
    "504": "The owner did not answer in time",
}  # fmt: skip
WRITING = ("408", "409", "413", "415")
EVERYWHERE = ("400", "401", "404", "406", "422", "429", "503")


def build(endpoints: Sequence[Endpoint], version: str = "0.1.0") -> Json:
    schemas, names = _schemas(endpoints)
    paths: dict[str, Json] = {}
    for one in endpoints:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, names)
    for path, summary, media, schema, guarded in OWN:
        paths[path] = {"get": _own(path, summary, media, schema, guarded)}
    problems = {code: {"$ref": f"#/components/responses/Problem{code}"} for code in TITLES}
    paths |= socket_documents.openapi(problems, _ref("SocketTicket"))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hikyaku",
            "version": version,
            "license": {"name": "MIT", "identifier": "MIT"},
            "description": "POST answers 202 with an operation; `Prefer: wait=5` waits for its outcome. 日本語のエラー表示は "
            "`Accept-Language: ja` で選べます。",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "responses": {
                f"Problem{code}": {"description": title, "content": {MEDIA_TYPE: {"schema": _ref("ProblemDocument")}}}
                for code, title in TITLES.items()
            },
        },
    }


def _schemas(endpoints: Sequence[Endpoint]) -> tuple[Json, dict[type[BaseModel], str]]:
    """The components, and what each model is called there."""
    bodies = {one.body for one in endpoints if one.body}
    answers = {one.answer for one in endpoints if one.answer}
    own: set[type[BaseModel]] = {ProblemDocument, AcceptedOperation, SucceededOperation, OperationView, SocketTicket}
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    wanted += [(model, "validation") for model in sorted(bodies | own, key=_full)]
    wanted += [(model, "serialization") for model in sorted(answers - bodies, key=_full)]
    found, document = models_json_schema(wanted, ref_template=REF)
    names: dict[Any, str] = {}
    for (model, _), ref in found.items():
        names[model] = ref["$ref"].rsplit("/", 1)[1]
    return document["$defs"], names


def _full(model: type[BaseModel]) -> str:
    return f"{model.__module__}.{model.__qualname__}"


def _operation(one: Endpoint, names: Mapping[type[BaseModel], str]) -> Json:
    codes = [
        *EVERYWHERE,
        *(("408", "409", "413", "415") if one.writes else ("504",)),
        *(["403"] if one.writes or one.guard is not Guard.ANYONE_KNOWN else []),
    ]
    responses: Json = {code: {"$ref": f"#/components/responses/Problem{code}"} for code in sorted(codes)}
    found: Json = {
        "operationId": one.operation_id,
        "summary": one.summary,
        "tags": [one.tag],
        "parameters": _parameters(one),
        "responses": responses,
        "x-guard": one.guard.value,
    }
    if one.guard is not Guard.SIGNED:
        found["security"] = [{"bearer": []}]
    if not one.writes:
        responses["304"] = {"description": "The caller has it already: If-None-Match names its ETag"}
    if one.gives:
        content = {media: {"schema": {"type": "string", "format": "binary"}} for media in one.gives}
        responses["200"] = {"description": "The file", "content": content}
        return found
    if not one.writes:
        responses["200"] = _content("The answer", names[one.answer] if one.answer else "")
        return found
    responses["200"] = _content("The outcome, when it was waited for", "SucceededOperation")
    responses["202"] = _content("Accepted", "AcceptedOperation") | {
        "headers": {"Location": {"description": "the operation", "schema": {"type": "string"}}}
    }
    if one.takes:
        content = {media: {"schema": {"type": "string", "format": "binary"}} for media in one.takes}
        found["requestBody"] = {"required": True, "content": content}
    elif one.consumes == CSV:
        found["requestBody"] = {"required": True, "content": {CSV: {"schema": {"type": "string"}}}}
    elif one.body:
        found["requestBody"] = {"required": one.body_required, "content": {JSON: {"schema": _ref(names[one.body])}}}
    return found


def _parameters(one: Endpoint) -> list[Json]:
    found = [{"name": name, "in": "path", "required": True, "schema": ID} for name in PARAMETER.findall(one.path)]
    for name, schema in one.query.model_json_schema().get("properties", {}).items():
        found.append({"name": name, "in": "query", "schema": schema})
    if one.key is not Key.NONE:
        schema = {"type": "string", "pattern": r"^[\x21-\x7e]{1,255}$", "minLength": 1, "maxLength": 255}
        found.append({"name": "Idempotency-Key", "in": "header", "required": one.key is Key.REQUIRED, "schema": schema})
    name, example = ("Prefer", "wait=5") if one.writes else ("If-None-Match", '"3f2a…"')
    found.append({"name": name, "in": "header", "required": False, "schema": {"type": "string", "examples": [example]}})
    return found


def _own(path: str, summary: str, media: str, schema: str, guarded: bool) -> Json:
    responses: Json = {"200": {"description": summary, "content": {media: {"schema": _ref(schema) if schema else {}}}}}
    if guarded:
        responses |= {code: {"$ref": f"#/components/responses/Problem{code}"} for code in EVERYWHERE}
    name = path.strip("/").replace("/", "_").replace("{", "").replace("}", "").replace(".", "").replace("-", "_")
    return {
        "operationId": f"edge_{name}",
        "summary": summary,
        "tags": ["edge"],
        "parameters": [
            {"name": one, "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
            for one in PARAMETER.findall(path)
        ],
        "responses": responses,
        **({"security": [{"bearer": []}]} if guarded else {}),
    }


def _content(description: str, schema: str) -> Json:
    return {"description": description, "content": {JSON: {"schema": _ref(schema) if schema else {}}}}


def _ref(schema: str) -> Json:
    return {"$ref": REF.format(model=schema)}

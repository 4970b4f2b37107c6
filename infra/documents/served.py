"""OpenAPI and AsyncAPI, as the edge serves them. The edge is found at run time: the kernel does not know it."""

from __future__ import annotations

import importlib
from typing import Any

from infra.documents.schemas import written


def texts() -> dict[str, str]:
    """By the name under which the edge serves it."""
    openapi: Any = importlib.import_module("edge.openapi")
    asyncapi: Any = importlib.import_module("edge.asyncapi")
    app: Any = importlib.import_module("edge.app")
    documents = {"openapi": openapi.build(app.endpoints()), "asyncapi": asyncapi.build(app.channels())}
    return {name: written(document, ordered=True) for name, document in documents.items()}


def routes() -> set[str]:
    """Such as `POST /v1/orders`: what the documents name, pages and probes included."""
    openapi: Any = importlib.import_module("edge.openapi")
    app: Any = importlib.import_module("edge.app")
    paths = openapi.build(app.endpoints())["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}

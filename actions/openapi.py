"""The OpenAPI 3.1 document of the actions, made from the catalog."""

from functools import cache

from pydantic import BaseModel, JsonValue
from pydantic.json_schema import models_json_schema

from actions.catalog import AnyAction, Effect, catalog
from actions.envelope import Envelope
from evidence.model import Gap, JsonObject

_SCHEMA_PATH = "#/components/schemas/{model}"


@cache
def openapi() -> JsonObject:
    """The document (OpenAPI Specification 3.1.0; pydantic's JSON Schema is of the same draft)."""
    routed = [each for each in catalog().values() if each.routed]
    models: set[type[BaseModel]] = {Gap}
    for each in routed:
        models |= {each.request, each.answer}
    keys, definitions = models_json_schema(
        [
            (model, mode)
            for model in sorted(models, key=lambda model: model.__name__)
            for mode in ("validation", "serialization")
        ],
        ref_template=_SCHEMA_PATH,
    )
    schemas: JsonObject = {**definitions.get("$defs", {}), "Problem": _PROBLEM}
    paths: JsonObject = {
        f"/api/{each.route}": {
            "post": _operation(
                each, keys[each.request, "validation"], keys[each.answer, "serialization"]
            )
        }
        for each in routed
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Mailwarden",
            "version": "0.1.0",
            "description": "Triage and remediation of suspicious email forwarding.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
                "entra": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
        "security": [{"key": []}, {"entra": []}],
    }


def _operation(each: AnyAction, request: JsonObject, answer: JsonObject) -> JsonObject:
    problem: JsonObject = {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
    }
    statuses = {"400": "The request is not valid", "401": "Not signed in", "403": "Not allowed"}
    statuses |= {
        "411": "Length required",
        "413": "The request is too large",
        "500": "Internal error",
    }
    if each.effect is not Effect.JUDGE:
        statuses |= {"404": "Not found", "424": "Microsoft refused", "429": "Throttled"}
    if each.changes:
        statuses |= {"409": "Changed meanwhile", "503": "The same change is being made"}
    return {
        "operationId": each.name,
        "summary": each.summary,
        "description": each.description,
        "x-effect": each.effect.value,
        "x-app-role": each.role.value,
        "x-undo": each.undo.value if each.undo else None,
        "x-attack-techniques": list(each.techniques),
        "x-needs": [need.model_dump(mode="json", by_alias=True) for need in each.needs],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": request}},
        },
        "responses": {
            "200": {
                "description": "Answered",
                "content": {"application/json": {"schema": _envelope(each, answer)}},
            },
            **{
                status: {"description": meaning, "content": problem}
                for status, meaning in statuses.items()
            },
        },
    }


def _envelope(each: AnyAction, answer: JsonObject) -> JsonObject:
    statuses: list[JsonValue] = ["ok"]
    if each.changes:
        statuses = ["done", "unchanged", "planned", "refused", "unknown"]
    fields = Envelope.model_fields
    return {
        "type": "object",
        "required": [field.alias or name for name, field in fields.items()],
        "properties": {
            "action": {"const": each.name},
            "status": {"enum": statuses},
            "complete": {"type": "boolean"},
            "gaps": {"type": "array", "items": {"$ref": "#/components/schemas/Gap"}},
            "result": answer,
            "correlationId": {"type": "string"},
        },
    }


_PROBLEM: JsonObject = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail", "action", "correlationId"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "action": {"type": "string"},
        "correlationId": {"type": "string"},
        "target": {
            "type": "string",
            "description": "For a change that failed: what it was to change, for people",
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}

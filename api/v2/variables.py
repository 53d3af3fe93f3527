"""Variables: what an instance knows, scope by scope. Values are JSON texts, as in Camunda 8."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from operator import itemgetter
from typing import Annotated, Any

from fastapi import Response
from pydantic import BeforeValidator, WithJsonSchema
from typing_extensions import TypedDict

from api.permissions import Permission, needs
from api.problems import Problem
from api.replies import TENANT, Reply, key
from api.routing import new_router
from api.sessions import ReadSession
from api.v2.kinds import FLAG, KEY, MAX_KEY, TEXT, Kind
from api.v2.searching import Query, SearchQuery, SearchResult, body_of, read_filter, wrong
from workflows.store.json import dumps
from workflows.store.queries.variables import Variable, variables

router = new_router("Variable", "/v2")

LONGEST = 8191  # characters of a value in a list, unless the caller wants it whole
HASHES = 10**8
DIGITS = re.compile("[0-9]{1,27}")
MAX_INSTANCES = 100


class VariableResult(TypedDict):
    variableKey: str
    scopeKey: str
    processInstanceKey: str
    rootProcessInstanceKey: str | None
    name: str
    value: str
    isTruncated: bool
    tenantId: str


def variable_key(variable: Variable) -> int:
    """Variables have no keys of their own here: the scope's, followed by eight digits that follow from the name."""
    return variable.scope_key * HASHES + zlib.crc32(variable.name.encode()) % HASHES


def variable_result(variable: Variable, longest: int | None) -> VariableResult:
    value = dumps(variable.value)
    return {
        "variableKey": str(variable_key(variable)),
        "scopeKey": str(variable.scope_key),
        "processInstanceKey": str(variable.process_instance_key),
        "rootProcessInstanceKey": key(variable.root_process_instance_key),
        "name": variable.name,
        "value": value[:longest],
        "isTruncated": longest is not None and len(value) > longest,
        "tenantId": TENANT,
    }


def _variable_key(value: Any) -> int:
    if not isinstance(value, str) or not DIGITS.fullmatch(value) or int(value) // HASHES > MAX_KEY:
        raise ValueError("必须是变量编号:十进制数字串")
    return int(value)


VARIABLE_KEY = Kind(_variable_key, KEY.operators, {"type": "string", "pattern": "^[0-9]{1,27}$"}, "变量编号")
VariableKeyParameter = Annotated[int, BeforeValidator(_variable_key), WithJsonSchema(VARIABLE_KEY.schema)]
KINDS = {
    "name": TEXT,
    "value": TEXT,
    "scopeKey": KEY,
    "processInstanceKey": KEY,
    "variableKey": VARIABLE_KEY,
    "isTruncated": FLAG,
    "tenantId": TEXT,
}
DOCUMENTED = body_of(KINDS)

MATCHES: Mapping[str, Callable[[Any, Any], bool]] = {
    "$eq": lambda value, wanted: value == wanted,
    "$neq": lambda value, wanted: value != wanted,
    "$exists": lambda _value, wanted: wanted,
    "$in": lambda value, wanted: value in wanted,
    "$notIn": lambda value, wanted: value not in wanted,
    "$like": lambda value, pattern: fnmatchcase(value, pattern.replace("[", "[[]")),
}


def search_in(found: Iterable[Variable], query: SearchQuery, *, truncate: bool) -> Reply:
    """The search over variables in memory: they are part of their instance's state and have no table."""
    if query.page.after or query.page.before:
        raise wrong("/page", "变量只能用 from 和 limit 翻页")
    items = [variable_result(variable, LONGEST if truncate else None) for variable in found]
    for name, operator, wanted in read_filter(query.filter, KINDS, "/filter"):
        read = KINDS[name].read
        items = [item for item in items if MATCHES[operator](read(item[name]), wanted)]  # type: ignore[literal-required]
    for sort in reversed(query.sort):
        if sort.field not in KINDS:
            raise wrong("/sort", f"不能按 {sort.field!r} 排序")
        items.sort(key=itemgetter(sort.field), reverse=sort.order == "DESC")
    first, last = query.page.from_, query.page.from_ + query.page.limit
    page = {"totalItems": len(items), "hasMoreTotalItems": False, "startCursor": None, "endCursor": None}
    return Reply({"items": items[first:last], "page": page})


@router.post(
    "/variables/search",
    dependencies=[needs(Permission.VARIABLE_READ)],
    response_model=SearchResult[VariableResult],
    openapi_extra=DOCUMENTED,
)
def search_variables(session: ReadSession, query: Query, truncateValues: bool = True) -> Response:
    """The variables of one instance or of some. The filter must name processInstanceKey, scopeKey or variableKey."""
    instances: set[int] = set()
    for name, operator, wanted in read_filter(query.filter, KINDS, "/filter"):
        keys = [wanted] if operator == "$eq" else wanted if operator == "$in" else []
        if name in {"processInstanceKey", "scopeKey", "variableKey"}:
            instances |= {_instance(one // HASHES if name == "variableKey" else one) for one in keys}
    if not instances or len(instances) > MAX_INSTANCES:
        raise wrong("/filter", f"要给出 processInstanceKey、scopeKey 或 variableKey,最多 {MAX_INSTANCES} 个实例")
    found = (variable for instance in sorted(instances) for variable in variables(session, instance))
    return search_in(found, query, truncate=truncateValues)


@router.get("/variables/{variableKey}", dependencies=[needs(Permission.VARIABLE_READ)], response_model=VariableResult)
def get_variable(session: ReadSession, variableKey: VariableKeyParameter) -> Response:
    """One variable with its whole value."""
    for variable in variables(session, _instance(variableKey // HASHES)):
        if variable_key(variable) == variableKey:
            return Reply(variable_result(variable, None))
    raise Problem(404, f"没有编号为 {variableKey} 的变量")


def _instance(key: int) -> int:
    """The instance of an element instance, by its key; of its own key the instance itself."""
    return key >> 20 << 20

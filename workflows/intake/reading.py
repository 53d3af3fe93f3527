"""Reads the files of a deployment and looks through each by itself. Runs in the child process."""

from __future__ import annotations

import json
import logging
from datetime import date
from decimal import Decimal
from time import process_time
from typing import TYPE_CHECKING, Any

from workflows.engine import Definition, DiagramError, check, parse_processes
from workflows.engine.errors import NoProcess
from workflows.engine.references import references
from workflows.governance import templates
from workflows.governance.drafts import draft
from workflows.governance.schemas import SCHEMA, problems, sentence, unusable
from workflows.governance.validating import UNBOUNDED
from workflows.intake.decisions import check_decisions, findings
from workflows.intake.files import ReadDecisions, Readings, ReadProcess
from workflows.intake.ladders import ladder_findings, ladder_references
from workflows.intake.rendering import Unprintable, render
from workflows.intake.rules import finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workflows.engine import Finding, Process
    from workflows.intake.files import Resource

    Begin = Callable[[Resource], object]  # told of each file before it is read

# Of processor time for one file. It is read again where it runs, in a server that has other things to do.
MAX_FILE_SECONDS = 10.0
SEPARATE_FROM = "bihuan:separateFrom"

log = logging.getLogger(__name__)


def read(files: list[Resource], begin: Begin) -> Readings:
    """What the files hold and what is wrong with each, all of it. JSON files must be JSON."""
    readings = Readings()
    for file, resource in enumerate(files):
        if reader := READERS.get(resource.kind or ""):
            begin(resource)
            started = process_time()
            try:
                reader(file, files, readings)
            except Exception as error:  # not ours to foresee; the other files are told all the same
                if isinstance(error, MemoryError):
                    raise
                log.exception("%s could not be read", resource.name)
                readings.say(file, finding("reading-failed", what=type(error).__name__))
            _in_time(file, process_time() - started, readings)
    _dmn(files, readings, begin)
    return readings


def _in_time(file: int, seconds: float, readings: Readings) -> None:
    if seconds > MAX_FILE_SECONDS:
        readings.say(file, finding("reading-too-long", what=f"{MAX_FILE_SECONDS:.0f}"))


def _bpmn(file: int, files: list[Resource], readings: Readings) -> None:
    try:
        models = parse_processes(files[file].content)
    except NoProcess:
        readings.say(file, finding("process-missing"))
        return
    except DiagramError as error:
        readings.say(file, finding("diagram-unreadable", what=str(error)))
        return
    for model in models:
        found = [*check([model]), *_separated(model)]
        readings.findings += [(file, each) for each in found]
        readings.processes.append(
            ReadProcess(file, model.id, model.name, model.version_tag, model.starts(), references(model))
        )
        if not any(each.severity == "error" for each in found):
            Definition(model)  # it can be built


def _separated(model: Process) -> Iterator[Finding]:
    """The tasks that another person must have done are there."""
    for node in model.nodes.values():
        for other in filter(None, map(str.strip, node.properties.get(SEPARATE_FROM, "").split(","))):
            if other not in model.nodes:
                yield finding("reference-missing", node.id, node.name, what=f"{SEPARATE_FROM}={other}")


def _dmn(files: list[Resource], readings: Readings, begin: Begin) -> None:
    """All together, since one may import another."""
    places = [file for file, resource in enumerate(files) if resource.kind == "dmn"]
    contents = [files[file].content for file in places]
    for file, checked in zip(places, check_decisions([files[file] for file in places], begin), strict=True):
        _in_time(file, checked.seconds, readings)
        readings.findings += [(file, each) for each in findings(checked)]
        if (model := checked.model) is not None:
            names = {one.id: one.name for one in model.decisions.values()}
            imported = [places[contents.index(content)] for content in model.imported]
            named = [] if model.problems else list(ladder_references(model))
            readings.findings += [(file, each) for each in ([] if model.problems else ladder_findings(model))]
            readings.decisions.append(ReadDecisions(file, model.id, model.name, names, imported, named))


def _form(file: int, files: list[Resource], readings: Readings) -> None:
    if reason := unusable(_json(files[file])):
        readings.say(file, finding("form-invalid", what=reason))


def _schema(file: int, files: list[Resource], readings: Readings) -> None:
    if reason := unusable(_json(files[file])):
        readings.say(file, finding("schema-invalid", what=reason))


def _register(file: int, files: list[Resource], readings: Readings) -> None:
    wanted = files[file].path.stem + SCHEMA
    schema = next((_json(each) for each in files if each.kind == "schema" and each.path.name == wanted), None)
    if schema is None:
        readings.say(file, finding("register-without-schema", what=wanted))
    elif not unusable(schema) and (found := problems(schema, _json(files[file]), UNBOUNDED)):
        readings.say(file, finding("register-invalid", what=sentence(found)))


def _template(file: int, files: list[Resource], readings: Readings) -> None:
    """A template writes its own example, or it is not deployed."""
    path = files[file].path
    wanted = path.with_name(path.name.removesuffix(templates.BODY) + templates.MANIFEST)
    manifest = next((_json(each) for each in files if each.path == wanted), None)
    if manifest is None:
        readings.say(file, finding("template-without-manifest", what=wanted.name))
        return
    if found := templates.unfit(manifest):
        readings.say(file, finding("manifest-invalid", what=sentence(found)))
        return
    made = draft(manifest, manifest["example"], date.max)
    if made.missing:
        readings.say(file, finding("manifest-invalid", what=f"example 缺少 {'、'.join(made.missing)}"))
        return
    try:
        number = f"{templates.series_of(manifest, made.data['organ']['id'])}〔2026〕第1号"
        render(files[file].content.decode(), {**made.data, "number": number, "case": None})
    except (Unprintable, UnicodeDecodeError) as error:
        readings.say(file, finding("template-invalid", what=str(error)))


def _manifest(file: int, files: list[Resource], readings: Readings) -> None:
    path = files[file].path
    wanted = path.with_name(path.stem + templates.BODY)
    if all(each.path != wanted for each in files):
        readings.say(file, finding("manifest-without-template", what=wanted.name))


def _json(resource: Resource) -> Any:
    return json.loads(resource.content, parse_float=Decimal)


READERS: dict[str, Callable[[int, list[Resource], Readings], None]] = {
    "bpmn": _bpmn,
    "form": _form,
    "manifest": _manifest,
    "register": _register,
    "schema": _schema,
    "template": _template,
}

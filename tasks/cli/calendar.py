"""`bihuan calendar`: which years are known, what runs into those that are not, and importing a holiday notice."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tasks.cli.database import ACTOR, opened, refusals
from workflows import runtime
from workflows.calendar import CHINA, Status
from workflows.store import Database, read, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workflows.runtime import CalendarStatus, NoticeImported

app = typer.Typer(help="Holidays and make-up days, year by year.", no_args_is_help=True)
_SHOWN = 20
# What became of deadlines, in the order in which it is told.
_COUNTS = {
    "crossing": "条未结时限跨过变动的日子 open deadlines cross the days that change",
    "later": "条推后 later",
    "earlier": "条提前 earlier",
    "kept": "条本会提前,保留原期限 would be earlier and keep their moment",
    "kept_legal": "条其中是法定时限 of these set by a statute",
    "official": "条由暂定转为正式 provisional before, official now",
    "provisional": "条仍是暂定 still provisional",
    "left": "条梯级会颠倒,未改动 left, since their rungs would change places",
}


@app.command()
def status() -> None:
    """Until when the calendar is official, and how many open deadlines cross each provisional year."""
    with read(opened()) as session:
        for line in described(runtime.calendar_status(session)):
            typer.echo(line)


@app.command()
def show(year: Annotated[int, typer.Argument(help="By default this one.")] = 0) -> None:
    """The holidays and make-up days of a year."""
    with read(opened()) as session:
        year = year or runtime.now(session).astimezone(CHINA.zone).year
        found = next((each for each in runtime.calendar_status(session).years if each.year == year), None)
    if found is None or found.status is Status.PROVISIONAL:
        typer.echo(f"{year} 暂定,按周一至周五 provisional: Monday to Friday")
        return
    typer.echo(f"{year} 正式 official, {found.source}")
    typer.echo(f"  放假 off:    {' '.join(f'{day:%m-%d}' for day in found.holidays)}")
    typer.echo(f"  上班 worked: {' '.join(f'{day:%m-%d}' for day in found.workdays)}")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The JSON file of a year.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would change, and change nothing.")] = False,
    earlier: Annotated[
        bool, typer.Option("--earlier", help="Deadlines may come earlier, those of the law excepted.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why they may; goes on record.")] = "",
) -> None:
    """Import the State Council's holiday notice of a year and count the open deadlines anew."""
    database = opened()
    with refusals(), (read if dry_run else transaction)(database) as session:
        done = runtime.import_notice(
            session, file.read_bytes(), actor=ACTOR, dry_run=dry_run, earlier=earlier, reason=reason or None
        )
    for line in told(done):
        typer.echo(line)
    if not done.finished and not dry_run:
        _count_the_rest(database)


def _count_the_rest(database: Database) -> None:
    counted = 0
    while more := runtime.recount_deadlines(database):
        counted += more
        typer.echo(f"  又重算 {counted} 条 counted anew")
    with read(database) as session:
        if runtime.calendar_status(session).recounting:
            typer.echo("  其余由后台继续 the sweep goes on with the rest")


def described(status: CalendarStatus) -> Iterator[str]:
    """What is worth knowing first: the end of what is official, then each year that is not."""
    until = status.official_until
    yield f"日历正式至 official until {until}" if until else "本年的日历还是暂定 this year is provisional"
    for each in status.years:
        if each.status is Status.PROVISIONAL:
            yield f"{each.year} 暂定 provisional: {each.crossing} 条未结时限跨入 open deadlines cross it"
    if status.recounting:
        yield "上次导入后的重算还没有完 deadlines are still being counted anew"
    for each in status.years:
        if each.version:
            yield f"{each.year} 第{each.version}版 version, {each.imported:%Y-%m-%d}, {each.actor}: {each.source}"


def told(done: NoticeImported) -> Iterator[str]:
    """What a notice has changed, or would."""
    if done.known:
        yield f"{done.year}: 已经导入过,没有变化 imported before, nothing changes"
        return
    yield f"{done.year} 第{done.version}版 version {done.version}: {len(done.days)} 天有变 days change"
    for name, text in _COUNTS.items():
        if done.counts[name] or name == "crossing":
            yield f"  {done.counts[name]} {text}"
    for moved in islice(done.first, _SHOWN):
        before, after, counted = (
            f"{at.astimezone(CHINA.zone):%Y-%m-%d %H:%M}" for at in (moved.before, moved.after, moved.counted)
        )
        kept = f",按通知应为 by the notice {counted}" if moved.kept else ""
        yield f"  {moved.key} {moved.stage}: {before} → {after}{'(法定 legal)' * moved.legal}{kept}"

"""The command line: one file per command."""

from __future__ import annotations

import typer

from tasks.cli import (
    bench,
    calendar,
    check,
    client,
    decide,
    demo,
    deploy,
    play,
    pool,
    reorganise,
    screenshots,
    spots,
    tck,
    tick,
    up,
    user,
    verify,
)

app = typer.Typer(
    help="bihuan 闭环: processes of a city, from a report to a closed case.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
app.command()(up.up)
app.command()(demo.demo)
app.command()(screenshots.screenshots)
app.command()(deploy.deploy)
app.command()(play.play)
app.command()(verify.verify)
app.command()(tick.tick)
app.command()(pool.pool)
app.command()(reorganise.reorganise)
app.add_typer(bench.app, name="bench")
app.command()(check.check)
app.command()(decide.decide)
app.command()(tck.tck)
app.add_typer(calendar.app, name="calendar")
app.add_typer(client.app, name="client")
app.add_typer(spots.app, name="spots")
app.add_typer(user.app, name="user")

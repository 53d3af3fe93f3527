"""What the reports show, as tables in Chinese: the state of the night, and the indicators of a week or a month."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from workflows import runtime
from workflows.calendar import CHINA, Status
from workflows.governance import indicators, joint_views
from workflows.governance.indicators import SMALL, CaseFigures, HandlingFigures
from workflows.runtime.escalation_words import clock_name, local, span_text
from workflows.store.queries.clocks import unit_names
from workflows.store.queries.letters import unsettled_letters
from workflows.store.queries.lights import count_lights
from workflows.store.queries.supervision import suspended_clocks, vacant_seats

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from workflows.store.queries.lights import Count

Line = dict[str, Any]
Of = TypeVar("Of")
Figures = TypeVar("Figures", CaseFigures, HandlingFigures)
TOTAL = "合计"
NOWHERE = "(未定)"
NIGHT = timedelta(days=1)


class Period(NamedTuple):
    """[since, until); shown as days in the city."""

    since: datetime
    until: datetime

    def __str__(self) -> str:
        last = self.until.astimezone(CHINA.zone) - timedelta(microseconds=1)
        return f"{self.since.astimezone(CHINA.zone):%Y-%m-%d} 至 {last:%Y-%m-%d}"


class Section(NamedTuple):
    """One table of a report: its key in Prefect, what it is called, what makes its rows, how they are to be read."""

    key: str
    title: str
    rows: Callable[[Session, Period], list[Line]]
    reading: str = ""


def week_before(day: date) -> Period:
    """Monday to Sunday of the week before that of a day."""
    monday = day - timedelta(days=day.weekday())
    return _days(monday - timedelta(days=7), monday)


def month_before(day: date) -> Period:
    """The month before that of a day."""
    first = day.replace(day=1)
    return _days((first - timedelta(days=1)).replace(day=1), first)


def night_before(now: datetime) -> Period:
    """The 24 hours up to a moment."""
    return Period(now - NIGHT, now)


def _days(begin: date, end: date) -> Period:
    since, until = (datetime.combine(day, time(), CHINA.zone) for day in (begin, end))
    return Period(since, until)


def _stages(session: Session, period: Period) -> list[Line]:
    counted = count_lights(session, period.until)
    named = {clock_name(*stage): count for stage, count in sorted(counted.stages.items())}
    return _lights("环节", named, counted.total)


def _units(session: Session, period: Period) -> list[Line]:
    counted = count_lights(session, period.until)
    return _lights("部门", _named(session, counted.units), counted.total)


def _lights(what: str, counts: Mapping[str, Count], total: Count) -> list[Line]:
    return [
        {
            what: name,
            "在办": count.open,
            "黄灯": count.yellow,
            "超期": count.red + count.purple,
            "其中超期一倍以上": count.purple,
            "停表": count.paused,
        }
        for name, count in {**counts, TOTAL: total}.items()
    ]


def _paused(session: Session, period: Period) -> list[Line]:
    return [
        {
            "案件": row.number or f"流程实例 {row.process_instance_key}",
            "时限": clock_name(row.stage, row.milestone),
            "承办": row.holder or "",
            "停表自": local(row.paused_since),
            "已停": span_text(period.until - row.paused_since),
            "至": local(row.suspended_until) if row.suspended_until else "随流程实例挂起,未定",
        }
        for row in suspended_clocks(session)
    ]


def _vacant(session: Session, period: Period) -> list[Line]:
    rows = vacant_seats(session, *period)
    return [{"角色": row.role, "改送": row.recipient, "次数": row.number} for row in rows]


def _letters(session: Session, _period: Period) -> list[Line]:
    states = {"UNCERTAIN": "结果不明", "FAILED": "失败"}
    return [
        {
            "状态": states[row.state],
            "渠道": row.channel,
            "类别": row.kind,
            "条数": row.number,
            "最早": local(row.oldest),
        }
        for row in unsettled_letters(session)
    ]


def _calendar(session: Session, period: Period) -> list[Line]:
    here = period.until.astimezone(CHINA.zone).year
    return [
        {
            "年份": year.year,
            "状态": "已公布" if year.status is Status.OFFICIAL else "未公布,暂按普通周计算",
            "跨入该年的在办时限": year.crossing,
        }
        for year in runtime.calendar_status(session).years
        if year.year >= here
    ]


def _verified(session: Session, _period: Period) -> list[Line]:
    problems = runtime.verify(session)
    first = {problem.rule: problem.process_instance_key for problem in reversed(problems)}
    counted = Counter(problem.rule for problem in problems)
    found = [{"规则": rule, "处数": counted[rule], "例如流程实例": str(first[rule] or "")} for rule in sorted(counted)]
    return found or [{"规则": "全部", "处数": 0, "例如流程实例": ""}]


def _areas(session: Session, period: Period) -> list[Line]:
    columns = {
        "受理": "reported",
        "立案": "filed",
        "应结案": "due",
        "结案": "closed",
        "按期结案": "in_time",
        "返工": "reworked",
        "并案": "merged",
        "申诉免责": "exempted",
    }
    return _figures(session, "片区", indicators.by_area(session, *period), CaseFigures(), columns)


def _departments(session: Session, period: Period) -> list[Line]:
    columns = {
        "接收": "received",
        "退回": "returned",
        "应处置": "due",
        "处置": "done",
        "按期处置": "in_time",
        "超时处置": "late_done",
        "超时未处置": "late_open",
        "申诉免责": "exempted",
    }
    return _figures(session, "部门", indicators.by_department(session, *period), HandlingFigures(), columns)


def _joint(session: Session, period: Period) -> list[Line]:
    found = joint_views.totals(session, joint_views.Filter(started_from=period.since, started_before=period.until))
    outcomes = found["outcomes"]
    if not found["operations"]:
        return []
    return [
        {
            "启动": found["operations"],
            "解决": outcomes["solved"],
            "部分解决": outcomes["partly"],
            "未解决": outcomes["unsolved"],
            "不予召集": outcomes["declined"],
            "在办": outcomes["running"],
            "来源案件": found["cases"],
            "解决案件": found["casesSolved"],
            "职责异议": found["contests"],
            "验收返工": found["reworks"],
            "反弹": found["rebounds"],
            "到场人次": found["persons"],
            "劝导": found["dissuasions"],
            "责令改正": found["notices"],
        }
    ]


def _figures(
    session: Session, what: str, found: Mapping[str, Figures], total: Figures, columns: Mapping[str, str]
) -> list[Line]:
    for one in found.values():
        for name in total.__slots__:
            setattr(total, name, getattr(total, name) + getattr(one, name))
    lines = {**_named(session, found), TOTAL: total}
    return [
        {what: name}
        | {shown: attrgetter(column)(one) for shown, column in columns.items()}
        | {shown: str(rate) for shown, rate in one.rates.items()}
        for name, one in lines.items()
    ]


def _named(session: Session, by_unit: Mapping[Any, Of]) -> dict[str, Of]:
    """The same by the names of the units, in their order; two units of one name stay two."""
    names = unit_names(session, [unit for unit in by_unit if unit])
    shared = {name for name, times in Counter(names.values()).items() if times > 1}
    shown = {unit: names.get(unit, unit) or NOWHERE for unit in by_unit}
    shown |= {unit: f"{name}({unit})" for unit, name in shown.items() if name in shared}
    return {shown[unit]: by_unit[unit] for unit in sorted(by_unit, key=lambda unit: (not unit, shown[unit]))}


_SMALL = f"※ 分母小于 {SMALL},比率仅供参考;— 没有可比的案件。"
NIGHTLY = (
    Section("nightly-stages", "在办与超期:按环节", _stages),
    Section("nightly-units", "在办与超期:按部门", _units),
    Section("nightly-paused", "停表与挂账", _paused, "挂账到期自动恢复;随流程实例挂起的没有期限,请逐件过问。"),
    Section("nightly-vacant", "督办遇到的空缺席位", _vacant, "24 小时之内;席位无人在岗,督办向上送达。"),
    Section("nightly-letters", "没有送到的消息", _letters, "结果不明的不会自动重发,请核实后手工重发。"),
    Section("nightly-calendar", "节假日历", _calendar, "未公布的年份里时限是暂定的;通知公布后请导入。"),
    Section("nightly-verify", "数据核对", _verified, "0 处即一切如记录;否则请运行 `bihuan verify`。"),
)
PERIODIC = (
    Section(
        "areas",
        "区域指标",
        _areas,
        "立案率 = 立案 / 受理;重复率 = 并案 / 受理(期内上报的案件)。"
        "应结案:已立案、处置时限在期内届满的案件,每案只计入一期,不含作废、并案和申诉免责的。"
        "结案率 = 结案 / 应结案;按期结案率 = 按期结案 / 应结案;返工率 = 返工 / 结案;"
        f"满意率 =(满意 + 基本满意)/(满意 + 基本满意 + 不满意),未访到的不计。均以期末为准。{_SMALL}",
    ),
    Section(
        "departments",
        "部门指标",
        _departments,
        "应处置:处置时限在期内届满的,接续计时的只计最后一段。"
        "处置率 = 处置 / 应处置;按期处置率 = 按期处置 / 应处置;"
        f"超时处置、超时未处置均以期末为准。{_SMALL}",
    ),
    Section(
        "joint",
        "部门联合整治",
        _joint,
        "期内启动的整治,以现在的情况为准。不予召集的占启动的多少,说明提请是否慎重;职责异议多少,说明分工是否清楚。",
    ),
)

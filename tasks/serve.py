"""Prefect as the engine of the clock: every deployment, served together by one process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from prefect import serve
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from tasks.flows.batching import run_batch
from tasks.flows.counting import count_months
from tasks.flows.escalating import escalate_case
from tasks.flows.reporting import monthly_report, nightly_report, weekly_report
from tasks.flows.sending import send_deliveries
from tasks.flows.sweeping import sweep_deadlines
from tasks.settings import Settings
from workflows.calendar import CHINA

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.deployments.runner import RunnerDeployment

AT_ONCE = (
    3  # a sweep, a large batch operation, and letters or a report; more would only slow each other down at the start
)


class Deployed(NamedTuple):
    """One deployment: its flow, when it runs (cron in the city's time; empty: when asked), what it does."""

    flow: Flow[..., Any]
    cron: str
    said: str


DEPLOYED = (
    Deployed(escalate_case, "", "每一级督办公布为一次运行。参数 escalation:再运行一次,看这一级督办现在的情况。"),
    Deployed(run_batch, "", "有大的批量操作时由巡检启动,逐项办理,显示进度。"),
    Deployed(send_deliveries, "", "有消息到期时由巡检启动,经各渠道送出。"),
    Deployed(count_months, "7 * * * *", "每小时 7 分:月报的数字,本月和上月;没有数过的往前补一年。"),
    Deployed(nightly_report, "30 2 * * *", "每天 2:30:在办、超期、停表、空缺席位、未送到的消息、节假日历、数据核对。"),
    Deployed(weekly_report, "0 6 * * 1", "每周一 6:00:上周的指标。参数 day:报哪一天所在周的前一周。"),
    Deployed(monthly_report, "0 6 1 * *", "每月 1 日 6:00:上月的指标。参数 day:报哪一天所在月的前一月。"),
)
SWEPT = "触发到期的定时器和时限;每一级督办公布为一次运行。"


def deployments(settings: Settings) -> list[RunnerDeployment]:
    """What is deployed, each with its schedule, under the name of its flow.

    None has a concurrency limit of its own: a killed run would hold it for minutes, or for ever when Prefect's server
    is restarted meanwhile. Sweeps are kept apart by their beats.
    """
    by_module = EntrypointType.MODULE_PATH  # wherever a worker was started
    made = [
        sweep_deadlines.to_deployment(
            sweep_deadlines.name, interval=settings.sweep_seconds, description=SWEPT, entrypoint_type=by_module
        )
    ]
    for flow, cron, said in DEPLOYED:
        schedule = Cron(cron, timezone=CHINA.zone.key) if cron else None
        made.append(flow.to_deployment(flow.name, schedule=schedule, description=said, entrypoint_type=by_module))
    return cast("list[RunnerDeployment]", made)  # a coroutine only where a loop runs


def main() -> None:
    """Serve the deployments until told to stop."""
    settings = Settings()
    serve(*deployments(settings), limit=AT_ONCE, pause_on_shutdown=False, print_starting_message=False)


if __name__ == "__main__":
    main()

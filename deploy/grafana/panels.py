"""What the dashboards are put together from: queries, panels with unit and meaning, words for values."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias, TypeVar

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, statetimeline, table, timeseries
from grafana_foundation_sdk.models.common import BigValueTextMode, GraphThresholdsStyleMode, VizOrientation
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    Threshold,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from verifier.observation import SilenceReason
from verifier.outlets import words
from verifier.verdicts.verdict import Outcome

Panel: TypeAlias = stat.Panel | table.Panel | timeseries.Panel | statetimeline.Panel
Built = TypeVar("Built", stat.Panel, table.Panel, timeseries.Panel, statetimeline.Panel)

#: Whoever opens the dashboard chooses the data source; none is written down.
SOURCE: Final = DataSourceRef(type_val="prometheus", uid="${datasource}")
WIDTH: Final = 24
COLOURS: Final[Mapping[str, str]] = {
    "short": "red",
    "unknown": "orange",
    "undecided": "yellow",
    "met": "green",
    "not_applicable": "text",
}
#: The worst first, as the overview page has it.
ORDER: Final = tuple(COLOURS)
#: Where several series stand for one state, its number is the value; 0 is "none of them".
OUTCOME_NUMBERS: Final = {outcome.value: number for number, outcome in enumerate(Outcome, start=1)}
REASON_NUMBERS: Final = {reason.value: number for number, reason in enumerate(SilenceReason, start=1)}


def lines(ref: str, expr: str, legend: str) -> prometheus.Dataquery:
    """A query over the time shown."""
    return prometheus.Dataquery().ref_id(ref).datasource(SOURCE).expr(expr).legend_format(legend).range()


def figure(ref: str, expr: str, legend: str) -> prometheus.Dataquery:
    """A query for now alone: what is not known now must not show as it was."""
    return prometheus.Dataquery().ref_id(ref).datasource(SOURCE).expr(expr).legend_format(legend).instant()


def rows(ref: str, expr: str) -> prometheus.Dataquery:
    """A query for the rows of a table, as they are now."""
    return figure(ref, expr, "").format(PromQueryFormat.TABLE)


def panel(built: Built, title: str, meaning: str, *, unit: str, size: tuple[int, int]) -> Built:
    """A panel that says what it shows, in which unit; ``size`` is its width (of 24) and its height."""
    width, height = size
    return built.title(title).description(meaning).unit(unit).datasource(SOURCE).span(width).height(height)


def asking(built: Built, *queries: prometheus.Dataquery) -> Built:
    """The panel with its queries."""
    for one in queries:
        built = built.with_target(one)
    return built


def promise_line(built: timeseries.Panel) -> timeseries.Panel:
    """A line where exactly what was promised is delivered."""
    steps = [Threshold(value=None, color="transparent"), Threshold(value=1.0, color="green")]
    thresholds = dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
    style = common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)
    return built.thresholds(thresholds).thresholds_style(style)


def words_of_values(texts: Mapping[int, tuple[str, str]]) -> ValueMap:
    """Words and colours for the numbers of states."""
    return ValueMap(
        options={
            str(number): ValueMappingResult(text=text, color=colour, index=number)
            for number, (text, colour) in texts.items()
        }
    )


def words_of_results(check: str) -> ValueMap:
    """The results of a check in the words of that check."""
    return words_of_values({n: (words.result(check, name), COLOURS[name]) for name, n in OUTCOME_NUMBERS.items()})


def words_of_reasons() -> ValueMap:
    """Answering, or why not."""
    reasons = {number: (words.REASONS[name].text, "red") for name, number in REASON_NUMBERS.items()}
    return words_of_values({0: ("answering", "green"), **reasons})


def stated(metric: str, label: str, numbers: Mapping[str, int], by: str, matching: str = "") -> str:
    """One series per ``by`` whose value is the number of the state that is 1 now."""
    more = f", {matching}" if matching else ""
    each = (f'{number} * {metric}{{{label}="{state}"{more}}}' for state, number in numbers.items())
    return f"max by ({by}) ({' or '.join(each)})"


def figures(title: str, meaning: str, *, unit: str, size: tuple[int, int]) -> stat.Panel:
    """Figures side by side, each under its name, as they are now."""
    now = common.ReduceDataOptions().calcs(["lastNotNull"])
    built = stat.Panel().reduce_options(now).text_mode(BigValueTextMode.VALUE_AND_NAME).orientation(VizOrientation.AUTO)
    return panel(built, title, meaning, unit=unit, size=size)


def payouts(expr: str, *, size: tuple[int, int]) -> timeseries.Panel:
    """The four columns of payouts as lines that grow; ``expr`` keeps the labels coin and column."""
    meaning = (
        "Coins so far: expected for the delivered work, credited by the pool, said to be paid, received on the chain. "
        "A line that nobody tells of is absent: received needs a wallet in the file. The lines follow each other."
    )
    built = panel(timeseries.Panel(), "Payouts: expected, credited, paid, received", meaning, unit="none", size=size)
    return asking(built.decimals(8), lines("A", expr, "{{column}} {{coin}}"))


def at_both_prices(expr: str) -> tuple[tuple[str, str, str], ...]:
    """Reference, query and legend of a sum of money at the price paid and at the market price; ``expr`` has ``%s``."""
    return (
        ("A", expr % 'price="paid"', "at the price paid, {{currency}}"),
        ("B", expr % 'price="market"', "at the market price, {{currency}}"),
    )


def can_we_see(title: str, *, size: tuple[int, int], only: str = "") -> statetimeline.Panel:
    """One line per source: answering, or the reason why not."""
    meaning = (
        "Each source in time: answering, or why not. Time without an answer is never counted as missing hashrate. "
        "Where several questions fail for different reasons, one of them is shown."
    )
    expr = stated("verifier_account_silence", "reason", REASON_NUMBERS, "account")
    built = panel(statetimeline.Panel(), title, meaning, unit="none", size=size)
    built = built.mappings([words_of_reasons()])
    return asking(built, lines("A", f"{expr}{only}", "{{account}}"))


def board(uid: str, title: str, meaning: str, problems_of: str = "") -> dashboard.Dashboard:
    """A dashboard over a Prometheus of one's choice, with problems marked in time."""
    problems = (
        dashboard.AnnotationQuery()
        .name("Problems")
        .datasource(SOURCE)
        .enable(True)
        .icon_color("red")
        .expr(f"verifier_problem_open{problems_of} == 1")
        .title_format("{{contract}}{{account}}")
        .text_format("{{check}}")
    )
    return (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(meaning)
        .tags(["verifier"])
        .time("now-7d", "now")
        .timezone("browser")
        .refresh("1m")
        .readonly()
        .annotation(problems)
        .with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
    )


def filled(built: dashboard.Dashboard, panels: Iterable[Panel]) -> dashboard.Dashboard:
    """The dashboard with its panels from left to right, numbered from 1."""
    for number, one in enumerate(panels, start=1):
        built = built.with_panel(one.id(number))
    return built

from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from tests.verdicts.cases import RATE, START, after, contract, fact, slots
from verifier.contract import Basis, Contract, Independence, PayoutPlan, Watch
from verifier.expectations.coins import expected_coins
from verifier.fact import Fact
from verifier.observation import EarningClaimed
from verifier.units import Amount, Hashrate, Window
from verifier.verdicts.checks.payout_exceeds_seen_work import State, judge
from verifier.verdicts.verdict import DifficultySteps, Interval, News, Outcome, Verdict

DAILY = expected_coins(RATE * 86_400, Window(start=START, end=after(days=1)), ((START, 1e14),), ((START, 920_000),))
CHAIN = DifficultySteps(steps=((START, 1e14),), heights=((START, 920_000),))
STATE = TypeAdapter(State)


def earnings(days: int, part: float, offset_hours: int = 0, scheme: str | None = "FPPS") -> tuple[Fact, ...]:
    assert DAILY is not None
    return tuple(
        fact(
            number + 1,
            EarningClaimed(
                id=str(number),
                start=after(days=number, hours=offset_hours),
                end=after(days=number + 1, hours=offset_hours),
                amount=Amount(atoms=int(DAILY.atoms * part)),
                scheme=scheme,
            ),
        )
        for number in range(days)
    )


def work(level: float, days: int, keep: int = 1) -> tuple[Interval, ...]:
    seen = (one for number, one in enumerate(slots(level, 144 * days, seed=1)) if not keep or number % 4 < keep)
    return tuple(Interval(start=one.start or START, end=one.end, hashes=one.hashes) for one in seen)


def verdict(
    level: float,
    paid: float,
    days: int = 10,
    deal: Contract | None = None,
    chain: DifficultySteps = CHAIN,
    keep: int = 4,
) -> Verdict:
    news = News(facts=earnings(days, paid), intervals=work(level, days, keep), difficulty=chain)
    turn = judge(deal or contract(), None, news, after(days=days))
    assert STATE.validate_json(STATE.dump_json(turn.state)) == turn.state
    return turn.verdicts[-1]


def test_an_honest_payout_is_explained_by_the_seen_work() -> None:
    now = verdict(1.0, 1.03)
    assert now.outcome is Outcome.MET
    assert now.values["paid_over_expected"] == pytest.approx(1.03, rel=0.02)
    assert now.because.startswith("Payouts explained by the seen work")


def test_a_fixed_sum_for_almost_no_work_is_more_than_the_work_explains() -> None:
    now = verdict(0.02, 1.0)
    assert now.outcome is Outcome.SHORT
    assert now.because.startswith("Paid more than the seen work explains")
    assert now.values["paid_over_expected"] == pytest.approx(50.0, rel=0.1)
    assert verdict(0.0, 1.0).outcome is Outcome.SHORT
    assert "almost no work" in verdict(0.0, 1.0).because


def test_a_seller_that_is_dark_and_pays_for_it_is_explained() -> None:
    assert verdict(0.02, 0.02).outcome is Outcome.MET


def test_time_not_seen_is_counted_in_favour_of_the_seller() -> None:
    assert verdict(1.0, 1.0, keep=2).outcome is Outcome.UNKNOWN, "half a day seen is no day"
    assert "seen 90 %" in verdict(1.0, 1.0, keep=2).because


def test_pool_days_with_an_offset_are_compared_with_the_work_of_their_hours() -> None:
    news = News(facts=earnings(8, 1.0, offset_hours=8), intervals=work(1.0, 10), difficulty=CHAIN)
    news = replace(news, intervals=work(1.0, 10, keep=4))
    now = judge(contract(), None, news, after(days=10)).verdicts[-1]
    assert now.outcome is Outcome.MET
    assert now.values["days"] == pytest.approx(8.0)


def test_less_than_three_days_is_too_early() -> None:
    now = verdict(1.0, 1.0, days=2)
    assert now.outcome is Outcome.UNKNOWN
    assert now.because.startswith("Too early")


def test_without_difficulty_or_claims_nobody_can_tell() -> None:
    assert "under “chain” in the configuration" in verdict(1.0, 1.0, chain=DifficultySteps()).because
    silent = judge(contract(), None, News(intervals=work(1.0, 5, keep=4), difficulty=CHAIN), after(days=5))
    assert "what was earned" in silent.verdicts[-1].because
    later = DifficultySteps(steps=((after(days=9), 1e14),))
    assert verdict(1.0, 1.0, chain=later).outcome is Outcome.UNKNOWN


def test_formula_shared_accounts_and_other_coins_are_not_judged() -> None:
    assert verdict(1.0, 1.0, deal=replace(contract(), basis=Basis.FORMULA)).outcome is Outcome.NOT_APPLICABLE
    shared = contract(watch=(Watch(account="pool", workers="north*"),))
    assert verdict(1.0, 1.0, deal=shared).outcome is Outcome.NOT_APPLICABLE
    scrypt = contract()
    promise = replace(scrypt.promises[0], rate=Hashrate(per_second=1e9, algorithm="scrypt"))
    assert verdict(1.0, 1.0, deal=replace(scrypt, promises=(promise,))).outcome is Outcome.NOT_APPLICABLE


def test_a_corrected_claim_replaces_the_first_one() -> None:
    first = verdict(1.0, 9.0)
    assert first.outcome is Outcome.SHORT
    news = News(facts=earnings(10, 9.0), intervals=work(1.0, 10, keep=4), difficulty=CHAIN)
    state = judge(contract(), None, news, after(days=10)).state
    corrected = News(facts=earnings(10, 1.0), difficulty=CHAIN)
    assert judge(contract(), state, corrected, after(days=10)).verdicts[-1].outcome is Outcome.MET


def test_a_stated_share_difficulty_widens_the_measuring_error() -> None:
    hard = contract(watch=(Watch(account="pool", share_difficulty=1e9),))
    assert verdict(0.02, 1.0, deal=hard).outcome is Outcome.SHORT
    harder = contract(watch=(Watch(account="pool", share_difficulty=1e11),))
    assert verdict(0.02, 1.0, deal=harder).outcome is Outcome.MET, "a handful of shares may be bad luck"


def test_a_source_that_tells_no_earnings_is_not_compared() -> None:
    solo = contract(watch=(Watch(account="pool", tells_earnings=False),))
    now = verdict(1.0, 1.0, deal=solo, chain=DifficultySteps())
    assert now.outcome is Outcome.NOT_APPLICABLE
    assert now.because == "Not compared: this source tells no earnings."


def test_about_as_much_as_the_work_earns_is_not_called_1_times() -> None:
    assert "as much as the seen work earns" in verdict(1.0, 1.0).because
    assert "1.10 times" in verdict(1.0, 1.1).because


def test_the_error_of_counting_is_that_of_the_source_that_decides() -> None:
    own = Watch(account="mine", independence=Independence.OWN_GATEWAY, share_difficulty=1e11)
    deal = contract(watch=(Watch(account="pool"), own))
    for source, outcome in (("pool", Outcome.SHORT), ("mine", Outcome.MET)):
        intervals = tuple(replace(one, source=source) for one in work(0.02, 10, keep=4))
        news = News(facts=earnings(10, 1.0), intervals=intervals, difficulty=CHAIN)
        assert judge(deal, None, news, after(days=10)).verdicts[-1].outcome is outcome, source


@pytest.mark.parametrize("scheme", ["SOLO", "PPLNS", "TIDES", None])
def test_luck_is_not_more_than_the_work_explains(scheme: str | None) -> None:
    news = News(facts=earnings(10, 9.0, scheme=scheme), intervals=work(1.0, 10, keep=4), difficulty=CHAIN)
    now = judge(contract(), None, news, after(days=10)).verdicts[-1]
    assert now.outcome is Outcome.NOT_APPLICABLE
    assert ("Luck decides" if scheme else "luck may decide") in now.because


def test_the_contracts_own_scheme_counts_before_the_pools() -> None:
    plan = PayoutPlan(scheme="pplns")
    assert verdict(1.0, 9.0, deal=replace(contract(), payouts=plan)).outcome is Outcome.NOT_APPLICABLE
    news = News(facts=earnings(10, 9.0, scheme=None), intervals=work(1.0, 10, keep=4), difficulty=CHAIN)
    by_contract = replace(contract(), payouts=PayoutPlan(scheme="fpps"))
    assert judge(by_contract, None, news, after(days=10)).verdicts[-1].outcome is Outcome.SHORT


def test_what_is_paid_together_with_another_contract_is_not_compared() -> None:
    now = verdict(1.0, 9.0, deal=replace(contract(), paid_with=("south",)))
    assert (now.outcome, "south" in now.because) == (Outcome.UNKNOWN, True)

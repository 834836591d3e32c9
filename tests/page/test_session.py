"""What the server remembers of visitors, and what it forgets."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from resnet_demo import Engine
from resnet_demo.assets import assets_dir
from resnet_demo.errors import InputError
from resnet_demo.page.session import ANYBODY, FURTHER, MOST_WITHOUT_PAGE, Visitors, size_of
from resnet_demo.results import Analysis, AnalysisRequest
from resnet_demo.settings import Settings


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return Engine(device="cpu", settings=Settings()).analyze(assets_dir() / "examples" / "coffee.png")


def keep(visitors: Visitors, visitor: str, analysis: Analysis) -> str:
    number = visitors.begin(visitor, "run")
    kept = visitors.keep_answer(visitor, number, analysis, AnalysisRequest(b""), dict)
    assert kept is not None
    return kept.id


def test_an_answer_is_found_by_its_id_and_by_no_other(analysis: Analysis) -> None:
    visitors = Visitors(4)
    result = keep(visitors, "a", analysis)
    assert visitors.find_answer(result, "a").analysis is analysis
    for other, visitor in ((result + "x", "a"), (result, "b"), ("", "a")):
        with pytest.raises(InputError):
            visitors.find_answer(other, visitor)


def test_a_visitors_oldest_answers_go_first(analysis: Analysis) -> None:
    visitors = Visitors(2)
    first, second, third = (keep(visitors, "a", analysis) for _ in range(3))
    assert visitors.find(first) is None
    assert visitors.find(second) and visitors.find(third)


def test_all_visitors_together_stay_within_the_bytes(analysis: Analysis) -> None:
    visitors = Visitors(10, most_bytes=3 * size_of(analysis))
    results = [keep(visitors, str(i), analysis) for i in range(5)]
    assert [visitors.find(r) is not None for r in results] == [False, False, True, True, True]


def test_beyond_the_bytes_the_oldest_of_the_address_with_most_go(analysis: Analysis) -> None:
    visitors = Visitors(10, most_bytes=4 * size_of(analysis))
    visitors.opened("honest", "a")
    mine = keep(visitors, "honest", analysis)
    flood = []
    for name in range(9):
        visitors.met(f"name {name}", "b")
        flood.append(keep(visitors, f"name {name}", analysis))
    assert visitors.find(mine) is not None
    assert [visitors.find(result) is not None for result in flood] == [False] * 6 + [True] * 3


def test_to_stop_under_an_invented_name_makes_no_visitor_and_takes_nothing_from_one(analysis: Analysis) -> None:
    visitors = Visitors(4)
    visitors.opened("honest", "a")
    result, study = keep(visitors, "honest", analysis), visitors.begin("honest", "block")
    for number in range(1001):
        visitors.stop(f"invented-{number}", "run")
    assert visitors.find(result) is not None and visitors.is_current("honest", "block", study)
    assert len(visitors._visitors) == 1


def test_sessions_without_a_page_push_out_each_other_and_none_that_has_one(analysis: Analysis) -> None:
    visitors = Visitors(4)
    visitors.opened("honest", "a")
    result, study = keep(visitors, "honest", analysis), visitors.begin("honest", "block")
    works = [visitors.begin(f"invented-{number}", "run") for number in range(MOST_WITHOUT_PAGE + 1)]
    assert visitors.find(result) is not None and visitors.is_current("honest", "block", study)
    assert not visitors.is_current("invented-0", "run", works[0])
    assert visitors.is_current("invented-1", "run", works[1])


def test_a_visitor_whose_connection_broke_is_pushed_out_by_no_other_address() -> None:
    visitors = Visitors(4)
    visitors.opened("honest", "a")
    visitors.closed("honest")
    for number in range(2 * MOST_WITHOUT_PAGE):
        visitors.met(f"invented-{number}", "b")
    assert "honest" in visitors._visitors and len(visitors._visitors) == MOST_WITHOUT_PAGE


def test_turns_are_shared_between_pages_and_all_names_without_one_are_anybody() -> None:
    visitors = Visitors(4)
    visitors.opened("page", "a")
    visitors.met("name", "a")
    assert visitors.asker("page", "b") == ("a", "page")
    assert visitors.asker("name") == visitors.asker("invented", "a") == visitors.asker(None, "a") == ("a", ANYBODY)
    visitors.closed("page")
    assert visitors.asker("page") == ("a", ANYBODY)


def test_all_of_a_visitors_work_ends_together(analysis: Analysis) -> None:
    visitors = Visitors(4)
    result = keep(visitors, "a", analysis)
    works = [(kind, visitors.begin("a", kind)) for kind in ("run", "block")]
    visitors.stop_all("a")
    visitors.stop_all("nobody")
    assert not any(visitors.is_current("a", *work) for work in works)
    assert visitors.find(result) is not None


def test_an_overtaken_run_keeps_nothing(analysis: Analysis) -> None:
    visitors = Visitors(4)
    old = visitors.begin("a", "run")
    visitors.begin("a", "run")
    assert visitors.keep_answer("a", old, analysis, AnalysisRequest(b""), dict) is None


def test_work_of_one_kind_does_not_end_work_of_another() -> None:
    visitors = Visitors(4)
    run = visitors.begin("a", "run")
    visitors.begin("a", "block")
    assert visitors.is_current("a", "run", run)
    visitors.stop("a", "run")
    assert not visitors.is_current("a", "run", run)


def test_a_visitor_who_leaves_is_forgotten_whole(analysis: Analysis) -> None:
    visitors = Visitors(4)
    result = keep(visitors, "a", analysis)
    page = visitors.keep_further("a", dict, 10)
    visitors.remember_upload("a", "/x")
    run = visitors.begin("a", "run")
    assert visitors.forget("a") == {"/x"}
    assert visitors.find(result) is None and visitors.find(page.id) is None
    assert not visitors.is_current("a", "run", run)
    assert visitors.forget("a") == set()


def test_a_photo_that_two_visitors_sent_stays_while_one_of_them_does() -> None:
    visitors = Visitors(2)
    for visitor in "ab":
        visitors.remember_upload(visitor, "/same.png")
    assert visitors.forget("a") == set()
    assert visitors.forget("b") == {"/same.png"}


def test_further_results_do_not_push_answers_out(analysis: Analysis) -> None:
    visitors = Visitors(2)
    result = keep(visitors, "a", analysis)
    pages = [visitors.keep_further("a", dict, 10).id for _ in range(FURTHER + 3)]
    assert visitors.find(result) is not None
    assert sum(visitors.find(page) is not None for page in pages) == FURTHER


def test_the_size_of_a_result_counts_its_arrays(analysis: Analysis) -> None:
    bare = replace(analysis, view=None, photo=replace(analysis.photo, preview=None))
    assert size_of(analysis) - size_of(bare) == analysis.view.nbytes + analysis.photo.preview.nbytes


def test_what_the_page_fetches_is_made_once_and_counted():
    made = []

    def payload():
        made.append(1)
        return {"text": "x" * 1000}

    visitors = Visitors(4)
    kept = visitors.keep_further("a", payload, 10)
    assert kept.held == 10
    assert json.loads(kept.body()) == {"text": "x" * 1000} and kept.body() == kept.body() and made == [1]
    assert json.loads(kept.body("layer4", lambda: {"stage": "layer4"})) == {"stage": "layer4"}
    assert kept.body("layer4", payload) == b'{"stage":"layer4"}' and made == [1]
    assert kept.held == 10 + len(kept.body()) + len(kept.body("layer4"))

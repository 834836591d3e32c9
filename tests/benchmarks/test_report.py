"""The file of results: each script's section in its place, whatever else stands there."""

import json

from benchmarks.report import table, write_numbers, write_section


def test_a_section_replaces_its_own_and_leaves_the_others(tmp_path):
    file = tmp_path / "RESULTS.md"
    write_section("Speed", "### A\n\nfirst", file)
    write_section("Soak", "an hour", file)
    write_section("Speed", "second", file)
    text = file.read_text()
    assert text.endswith("\n\n## Speed\n\nsecond\n\n## Soak\n\nan hour\n")
    assert "first" not in text and text.startswith("# Results\n")


def test_writing_the_same_twice_changes_nothing(tmp_path):
    file = tmp_path / "RESULTS.md"
    for name in ("A", "B", "C"):
        write_section(name, f"of {name}", file)
    before = file.read_text()
    for name in ("B", "A", "C"):
        write_section(name, f"of {name}", file)
    assert file.read_text() == before


def test_a_table_has_a_cell_for_each_column():
    assert table(["what", "s"], [["one", "1"], ["two", "2"]]).splitlines() == [
        "| what | s |",
        "|---|---:|",
        "| one | 1 |",
        "| two | 2 |",
    ]


def test_numbers_replace_their_own_and_leave_the_others(tmp_path):
    file = tmp_path / "results.json"
    for name, numbers in (("a", {"x": [1, 2]}), ("b", 3), ("a", {"y": []})):
        write_numbers(name, numbers, file)
    assert json.loads(file.read_text()) == {"a": {"y": []}, "b": 3}
    assert [each.name for each in tmp_path.iterdir()] == ["results.json"]

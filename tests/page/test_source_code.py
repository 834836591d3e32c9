"""Code in colours: nothing is lost or added, and what is coloured is what Python takes it for."""

import io
import keyword
import tokenize

import pytest

from resnet_demo.page.source_code import tokens
from resnet_demo.studies.architecture import source_code


@pytest.mark.parametrize("name", source_code())
def test_the_pieces_are_the_code(name):
    code = source_code()[name]
    assert "".join(text for _, text in tokens(code)) == code
    compile(code, name, "exec", dont_inherit=True)


def test_keywords_and_comments_are_those_of_pythons_own_reader():
    code = source_code()["BasicBlock"]
    shown = tokens(code)
    words = {text for kind, text in shown if kind == "keyword" and keyword.iskeyword(text)}
    read = list(tokenize.generate_tokens(io.StringIO(code).readline))
    theirs = {each.string for each in read if each.type == tokenize.NAME and keyword.iskeyword(each.string)}
    assert words == theirs
    comments = "".join(text for kind, text in shown if kind == "comment")
    assert all(each.string in comments for each in read if each.type == tokenize.COMMENT)
    assert '"""y = ReLU(F(x) + shortcut(x))' in comments

"""The files that come with the program are found by the place of its own code."""

import importlib.util
import shutil

import pytest

from resnet_demo import assets


@pytest.mark.parametrize(("place", "found"), [("assets", "assets"), ("resnet_demo/assets", "resnet_demo/assets")])
def test_assets_lie_beside_the_package_or_inside_it(tmp_path, place, found):
    (tmp_path / "resnet_demo").mkdir()
    (tmp_path / "assets").mkdir()
    (tmp_path / place).mkdir(exist_ok=True)
    copy = shutil.copy(assets.__file__, tmp_path / "resnet_demo")
    spec = importlib.util.spec_from_file_location("copied_assets", copy)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.assets_dir() == (tmp_path / found).resolve()


def test_this_checkout_has_its_assets():
    assert (assets.assets_dir() / "weights").is_dir()

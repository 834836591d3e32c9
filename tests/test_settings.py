"""Settings: what is read from the environment, what is passed over, and what goes before what."""

from __future__ import annotations

import logging
import math
import re
from pathlib import Path

import pytest

from resnet_demo.errors import SettingsError
from resnet_demo.settings import Settings

KUBERNETES = {
    "RESNET_DEMO_SERVICE_HOST": "10.96.0.12",
    "RESNET_DEMO_SERVICE_PORT": "80",
    "RESNET_DEMO_PORT": "tcp://10.96.0.12:80",
    "RESNET_DEMO_PORT_80_TCP": "tcp://10.96.0.12:80",
    "RESNET_DEMO_PORT_80_TCP_PROTO": "tcp",
}
"""What every container of a cluster finds that has a Service called ``resnet-demo``."""


def test_a_service_of_this_name_in_a_cluster_sets_nothing(caplog):
    assert Settings.from_environment(KUBERNETES) == Settings()
    assert {record.levelno for record in caplog.records} <= {logging.WARNING}


def test_what_is_passed_over_is_said_once(caplog):
    for _ in range(2):
        Settings.from_environment({"RESNET_DEMO_PROT": "8080"})
    assert [record.getMessage() for record in caplog.records] == [
        "RESNET_DEMO_PROT is no setting of this program and is passed over."
    ]


def test_a_value_that_can_not_be_used_is_refused_unless_an_option_took_its_place():
    with pytest.raises(SettingsError, match="RESNET_DEMO_PORT=“eighty”"):
        Settings.from_environment({"RESNET_DEMO_PORT": "eighty"})
    assert Settings.from_environment({"RESNET_DEMO_PORT": "eighty"}, port=80).port == 80


@pytest.mark.parametrize(
    ("environment", "port"),
    [
        ({"PORT": "8080"}, 8080),
        ({"PORT": "8080", "GRADIO_SERVER_PORT": "8081"}, 8081),
        ({"PORT": "8080", "RESNET_DEMO_PORT": "8082"}, 8082),
        ({"PORT": "8080", "RESNET_DEMO_PORT": "tcp://10.0.0.1:80"}, 8080),
    ],
)
def test_the_port_of_a_platform_is_heard_where_ours_is_not_set(environment, port):
    assert Settings.from_environment(environment).port == port


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"weights_file": 5}, "weights_file=“5” can't be used: it must be a path"),
        ({"device": "gpu"}, "device=“gpu” can't be used: it must be one of auto, cpu"),
        ({"device": 0}, "it must be a text"),
        ({"batch_size": "8"}, "batch_size=“8” can't be used: it must be a whole number"),
        ({"batch_size": 8.0}, "it must be a whole number"),
        ({"batch_size": 0}, "it must be at least 1"),
        ({"max_file_mb": "20"}, "it must be a finite number"),
        ({"max_file_mb": math.nan}, "it must be a finite number"),
        ({"verbose": "yes"}, "it must be 1 or 0"),
        ({"weights_url": 1}, "it must be a text"),
    ],
)
def test_a_value_of_another_type_is_refused_when_the_settings_are_made(wrong, words):
    with pytest.raises(SettingsError, match=re.escape(words)):
        Settings(**wrong)


def test_a_path_that_is_given_as_text_is_a_path():
    assert Settings(weights_file="own.pth", weights_dir="here") == Settings(
        weights_file=Path("own.pth"), weights_dir=Path("here")
    )

from __future__ import annotations

import pytest

from facewarden.cli.language import language_of


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh-Hans"}, "zh"),
        ({"LANG": "ko"}, "ko"),
        ({"LANG": "KO_kr.euc"}, "ko"),
        ({"LANG": "zh_CN", "LC_MESSAGES": "ko_KR"}, "ko"),
        ({"LANG": "zh_CN", "LC_MESSAGES": "ko_KR", "LC_ALL": "en_GB"}, "en"),
        ({"LANG": "ko_KR", "LC_ALL": ""}, "ko"),
    ],
)
def test_language_from_the_environment(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language

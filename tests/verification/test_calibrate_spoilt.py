"""On the real model: a deliberately spoilt parameter set is put right."""

import re

import pytest
import yaml

from analysis.cli import main

PLAN = {
    "parameters": {
        "home_search_weeks": None,
        "vbi_acceptance": {"range": [0.4, 0.95]},
        "pip_chores_weeks": None,
    },
    "targets": ["P03", "P05", "P08", "P11", "P37", "P41"],
    "hindcast": True,
    "scale": 0.03,
    "until": "2024-12-31",
    "waves": 2,
    "points": 20,
    "replicates": 2,
}


@pytest.mark.slow
def test_more_patterns_are_met_after_calibration_than_before(tmp_path, capsys):
    path = tmp_path / "plan.yaml"
    path.write_text(yaml.safe_dump(PLAN))
    spoilt = ["--set", "home_search_weeks=1", "--set", "vbi_acceptance=0.45", "--set", "pip_chores_weeks=12"]
    assert main(["calibrate", str(path), *spoilt, "--out", str(tmp_path / "made")]) == 0
    said = capsys.readouterr().out
    print(said)

    before, after = map(int, re.search(r"one: (\d+) targets met before, (\d+) after", said).groups())
    assert after > before

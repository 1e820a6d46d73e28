"""Writes the dashboards anew: ``python -m deploy.grafana.generate`` (development only, needs the extra ``dev``)."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.grafana.contract import contract
from deploy.grafana.overview import overview

FOLDER: Final = Path(__file__).with_name("dashboards")
DASHBOARDS: Final[Mapping[str, Callable[[], Dashboard]]] = MappingProxyType(
    {"overview.json": overview, "contract.json": contract}
)


def text(dashboard: Dashboard) -> str:
    """A dashboard as it is committed."""
    return json.dumps(dashboard.build(), cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name, build in DASHBOARDS.items():
        (FOLDER / name).write_text(text(build()), encoding="utf-8")

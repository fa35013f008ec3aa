"""All dashboards, in the order in which one looks."""

from __future__ import annotations

from typing import Final

from deploy.grafana.boards import Board
from deploy.grafana.delivery import DELIVERY
from deploy.grafana.domain import DOMAIN
from deploy.grafana.kafka import KAFKA
from deploy.grafana.overview import OVERVIEW
from deploy.grafana.pipeline import PIPELINE
from deploy.grafana.traffic import TRAFFIC

BOARDS: Final[tuple[Board, ...]] = (OVERVIEW, TRAFFIC, PIPELINE, DELIVERY, DOMAIN, KAFKA)

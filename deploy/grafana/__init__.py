"""Grafana dashboards of a hub, made from code: `python -m deploy.grafana` writes `dashboards/`.

What is asked stands in `promql.py`, how it is shown in `panels.py` and `boards.py`; each dashboard
is a file of its own. Nothing here runs with a hub, and nothing of a hub imports it.
"""

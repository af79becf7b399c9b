"""Prometheus and Grafana beside a stack, with dashboards of its metrics."""

"""Figures, tables and pages; the only room that draws. It reads courses and networks and computes nothing."""

from myoflare.report.demo import write_demo_report
from myoflare.report.diagram import activity_at, missing_members
from myoflare.report.network import draw_network
from myoflare.report.page import write_report
from myoflare.report.side_by_side import write_side_by_side
from myoflare.report.timeline import plot_course

__all__ = [
    "activity_at", "draw_network", "missing_members", "plot_course", "write_demo_report", "write_report",
    "write_side_by_side",
]  # fmt: skip

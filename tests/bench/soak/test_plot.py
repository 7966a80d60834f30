"""The soak's picture."""

import xml.etree.ElementTree as ET
from dataclasses import replace

from bench.soak import plot
from tests.bench.soak.looks import WELL

SVG = "{http://www.w3.org/2000/svg}"


def test_each_line_has_a_point_for_each_look() -> None:
    looks = [replace(WELL, seconds=10.0 * number, rss=WELL.rss + number) for number in range(6)]
    root = ET.fromstring(plot.render(looks, "1 & 2"))
    lines = root.findall(f"{SVG}polyline")
    assert len(lines) == sum(len(lines) for _, lines in plot.CHARTS)
    assert all(len(line.attrib["points"].split()) == 6 for line in lines)
    texts = [text.text for text in root.findall(f"{SVG}text")]
    assert "1 & 2" in texts
    assert {"RSS", "p99", "file descriptors", "exceptions"} <= set(texts)


def test_figures_that_are_all_zero_lie_on_the_axis() -> None:
    looks = [replace(WELL, seconds=float(number), failed=0, again=0, exceptions=0.0) for number in range(2)]
    last = ET.fromstring(plot.render(looks, "")).findall(f"{SVG}polyline")[-1]
    heights = {point.split(",")[1] for point in last.attrib["points"].split()}
    assert len(heights) == 1

"""Flame graphs."""

import xml.etree.ElementTree as ET

from bench.profile import flame
from bench.profile.stacks import Frame, Stack

MAIN = Frame("main", "sipedge/__main__.py")
STACKS = [
    Stack((MAIN, Frame("parse", "sipedge/sip/parse.py")), 75),
    Stack((MAIN, Frame("<lambda>", "asyncpg/pool.py")), 25),
]
SVG = "{http://www.w3.org/2000/svg}"


def test_boxes_are_as_wide_as_their_share_and_name_their_time() -> None:
    root = ET.fromstring(flame.render(STACKS, "a registration & more", 0.5))
    boxes = {}
    for group in root.iter(f"{SVG}g"):
        title, rectangle = group.findtext(f"{SVG}title"), group.find(f"{SVG}rect")
        assert title is not None
        assert rectangle is not None
        boxes[title] = (float(rectangle.attrib["width"]), float(rectangle.attrib["y"]))
    assert boxes["main (sipedge/__main__.py): 50.0 µs"][0] == flame.WIDTH
    assert boxes["parse (sipedge/sip/parse.py): 37.5 µs"][0] == 0.75 * flame.WIDTH
    assert boxes["<lambda> (asyncpg/pool.py): 12.5 µs"][0] == 0.25 * flame.WIDTH
    assert boxes["parse (sipedge/sip/parse.py): 37.5 µs"][1] < boxes["main (sipedge/__main__.py): 50.0 µs"][1]


def test_nothing_seen_is_an_empty_picture() -> None:
    assert ET.fromstring(flame.render([], "nothing", 1.0)).findall(f"{SVG}g") == []

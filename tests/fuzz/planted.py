"""A target with a bug: what a fuzzer must find if it is one."""

from __future__ import annotations


def planted(data: bytes) -> None:
    """Breaks at one input in four thousand million, which can be come to step by step."""
    if data[:1] != b"B":
        return
    if data[1:2] != b"U":
        return
    if data[2:3] != b"G":
        return
    if data[3:4] == b"!":
        raise RuntimeError("found")


def shallow(data: bytes) -> None:
    """Breaks at whatever is not UTF-8."""
    data.decode()

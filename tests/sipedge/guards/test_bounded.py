from sipedge.guards.bounded import keep


def test_the_longest_untouched_goes_first():
    entries: dict[int, int] = {}
    for key in range(640):
        keep(entries, key, key, 640)
    keep(entries, 0, 7, 640)
    keep(entries, 1000, 1, 640)
    assert entries[0] == 7
    assert list(entries)[:2] == [12, 13]  # 1/64 and the one too many
    assert len(entries) == 630


def test_it_never_grows_above_its_limit():
    entries: dict[int, int] = {}
    for key in range(1000):
        keep(entries, key, key, 10)
        assert len(entries) <= 10

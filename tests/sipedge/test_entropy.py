from sipedge.entropy import POOL_BYTES, Entropy


def test_no_byte_is_given_twice():
    entropy = Entropy()
    pieces = [entropy(8) for _ in range(POOL_BYTES // 8 * 3)]
    assert len(set(pieces)) == len(pieces)
    assert {len(piece) for piece in pieces} == {8}


def test_sizes_that_do_not_divide_the_pool():
    entropy = Entropy()
    sizes = [32, 10, 8, 4000, 100] * 5
    assert [len(entropy(size)) for size in sizes] == sizes

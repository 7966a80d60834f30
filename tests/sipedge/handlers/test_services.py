def test_a_token_has_64_bits_and_never_comes_twice(world):
    tokens = {world.engine.services.token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert {len(token) for token in tokens} == {16}

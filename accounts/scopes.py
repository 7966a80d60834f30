"""What an API token may do: `read`, `write` (which reads too), or either of one area, as `subscribers:read`."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from accounts.choices import Area, Scope


def scope_in(area: Area, scope: Scope) -> str:
    """The name of a scope that holds in one area."""
    return f"{area}:{scope}"


ALL_SCOPES: tuple[str, ...] = (
    *Scope.values,
    *(scope_in(area, scope) for area in Area for scope in Scope),
)


def allows(scopes: Collection[str], areas: Iterable[Area], *, is_write: bool) -> bool:
    """Whether a token with these scopes may read, or write, in all of these areas. Of no area: any scope will do."""
    wanted = list(areas)
    if not wanted:
        return covers(scopes, Scope.WRITE) if is_write else bool(set(scopes) & set(ALL_SCOPES))
    return not missing(scopes, wanted, is_write=is_write)


def missing(scopes: Collection[str], areas: Iterable[Area], *, is_write: bool) -> list[str]:
    """The scopes that a token with these lacks to read, or write, in these areas."""
    needed = [scope_in(area, Scope.WRITE if is_write else Scope.READ) for area in areas]
    return [scope for scope in needed if not covers(scopes, scope)]


def covers(scopes: Collection[str], wanted: str) -> bool:
    """Whether these scopes allow all that `wanted` allows: `write` covers everything, `subscribers:write` reading
    subscribers too. All areas one by one are less than the whole, to which areas may be added."""
    area, _, verb = wanted.rpartition(":")
    enough = [Scope.WRITE] if verb == Scope.WRITE else [Scope.WRITE, Scope.READ]
    names = {str(scope) for scope in enough} | ({f"{area}:{scope}" for scope in enough} if area else set())
    return wanted in ALL_SCOPES and bool(names & set(scopes))

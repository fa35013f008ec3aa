"""Which facts are in force once corrections are in: `replaces` and `fact-retracted`.

The facts document, `replaces` and `fact-retracted`. A fact is in force when it is not retracted,
when no fact replaces it (not even one that was retracted itself: what that replaced does not come
back), and when it is the last, by (occurredAt, source, id), of those that replace the same fact,
not counting retracted ones. Alert ids use the root of the chain of `replaces`.
"""

from collections.abc import Iterable

from tests.reference.facts import Fact, Name


class Corrections:
    """The corrections among the facts of one gemeente or region that exist at T."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._facts = list(facts)
        self._by_name = {fact.name: fact for fact in self._facts}
        self._replacers: dict[Name, list[Fact]] = {}
        self._retractions: dict[Name, list[Fact]] = {}
        for fact in self._facts:
            if target := fact.pointer("replaces"):
                self._replacers.setdefault(target, []).append(fact)
            if fact.type == "fact-retracted" and (target := fact.pointer("retracts")):
                self._retractions.setdefault(target, []).append(fact)

    def in_force(self) -> list[Fact]:
        return sorted((fact for fact in self._facts if self._counts(fact)), key=lambda f: f.key)

    def root_of(self, name: Name) -> Name:
        """Where the chain of `replaces` begins.

        A root that has not occurred yet is still the root: the id may not change when it arrives.
        """
        seen = {name}
        while (fact := self._by_name.get(name)) and (target := fact.pointer("replaces")):
            if target in seen:
                break
            seen.add(target)
            name = target
        return name

    def _counts(self, fact: Fact) -> bool:
        if self._is_retracted(fact, ()) or fact.name in self._replacers:
            return False
        target = fact.pointer("replaces")
        if target is None:
            return True
        rivals = [f for f in self._replacers[target] if not self._is_retracted(f, ())]
        return fact is max(rivals, key=lambda f: f.key)

    def _is_retracted(self, fact: Fact, asking: tuple[Fact, ...]) -> bool:
        # A retraction is a fact as well: retracted or replaced, it has no effect any more. Two
        # that retract each other are both retracted.
        return any(
            retraction.name not in self._replacers
            and not self._is_retracted(retraction, (*asking, fact))
            for retraction in self._retractions.get(fact.name, ())
            if retraction not in asking
        )

"""Explanations in words, Dutch or English: what `explain` and `why_not` found, line by line.

For people who know the agreement, not for tenants. Says types, instants and parties; never a value
out of a fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hub.domain.agreement import Language
from hub.domain.explain import Coming, Explanation, Recipient, Seen
from hub.domain.names import moment_of, name_of
from hub.domain.time import parse_instant
from hub.domain.unmet import LASTING, REASONS, Reason
from hub.domain.why_not import Found, Obstacle, WhyNot


def explanation_in(language: Language, told: Explanation) -> tuple[str, ...]:
    """An explanation as sentences, most important first."""
    return tuple(_Teller(language).explanation(told))


def why_not_in(language: Language, answer: WhyNot) -> tuple[str, ...]:
    """Why a rule found nothing, as sentences."""
    return tuple(_Teller(language).why_not(answer))


class _Teller:
    def __init__(self, language: Language) -> None:
        self.language = language

    def words(self, nl: str, en: str) -> str:
        return nl if self.language == "nl" else en

    def name(self, word: str) -> str:
        return name_of(word, self.language)

    def moment(self, at: str) -> str:
        return moment_of(parse_instant(at), self.language)

    def title(self, titles: Mapping[str, str], rule: str) -> str:
        title = titles.get(self.language) or titles.get("nl") or rule
        return f"{title} ({rule})"

    def explanation(self, told: Explanation) -> Iterator[str]:
        yield self._headline(told)
        yield self._paper(told)
        yield self._life(told)
        yield from self._grounds(told)
        yield from self._responsible(told)
        yield from (self._recipient(party, told) for party in told.told)
        for act in told.acts:
            yield f"{self.moment(act.at)}: {act.party}: {self.name(act.type)}."
        yield from self._coming(told)

    def _headline(self, told: Explanation) -> str:
        title = self.title(told.titles, told.rule)
        severity, status = self.name(told.severity), self.name(told.status)
        return self.words(
            f"{title}: ernst {severity}, status {status}.",
            f"{title}: severity {severity}, status {status}.",
        )

    def _paper(self, told: Explanation) -> str:
        agreement, version = told.agreement["id"], told.agreement["version"]
        return self.words(
            f"Afgesproken in {agreement}, versie {version}; memo {told.memo}.",
            f"Agreed in {agreement}, version {version}; memo {told.memo}.",
        )

    def _life(self, told: Explanation) -> str:
        since = self.moment(told.raised_at)
        if told.resolved_at is None or told.resolution is None:
            return self.words(f"Begonnen op {since}.", f"Since {since}.")
        until, why = self.moment(told.resolved_at), self.name(told.resolution)
        return self.words(
            f"Begonnen op {since}, voorbij op {until}: {why}.", f"From {since} to {until}: {why}."
        )

    def _grounds(self, told: Explanation) -> Iterator[str]:
        if told.evidence:
            yield self.words("Dit berust op:", "It rests on:")
            yield from self._facts(told.evidence)
        for expected in told.absent:
            name, by = self.name(expected.type), self.moment(expected.expected_by)
            yield self.words(
                f"Uitgebleven: {name}, verwacht uiterlijk {by}.",
                f"Did not come: {name}, expected by {by}.",
            )

    def _facts(self, facts: Sequence[Seen]) -> Iterator[str]:
        for fact in facts:
            name = self.name(fact.type)
            yield f"  {self.moment(fact.occurred_at)}: {name} ({fact.source} {fact.id})"

    def _responsible(self, told: Explanation) -> Iterator[str]:
        if not told.responsible:
            return
        parts = (f"{self.name(role)} {self.name(part)}" for role, part in told.responsible.items())
        roles, phase = ", ".join(parts), self.name(told.phase)
        yield self.words(
            f"Verantwoordelijk voor {told.task} in {phase}: {roles}.",
            f"Responsible for {told.task} in {phase}: {roles}.",
        )

    def _recipient(self, party: Recipient, told: Explanation) -> str:
        said = [f"{party.party} ({self.name(party.role)}) {self.name(party.part)}"]
        if party.held:
            said.append(
                self.words(
                    "krijgt het nog niet: de wettelijke voorwaarden zijn niet vervuld",
                    "does not get it yet: the legal conditions are not fulfilled",
                )
            )
        elif party.answered:
            said.append(self.words("heeft gereageerd", "has answered"))
        elif party.respond_by is not None and told.resolved_at is None:
            by = self.moment(party.respond_by)
            if party.respond_by > told.as_of:  # as texts of one form they sort as instants do
                said.append(self.words(f"reageert uiterlijk {by}", f"answers by {by}"))
            else:
                late = self.words(f"had op {by} gereageerd moeten hebben", f"was to answer by {by}")
                said.append(late)
        return ", ".join(said) + "."

    def _coming(self, told: Explanation) -> Iterator[str]:
        if told.next_deadline is not None:
            deadline, who = told.next_deadline, ", ".join(told.next_deadline.parties)
            at = self.moment(deadline.at)
            yield self.words(
                f"Eerstvolgende termijn: {at}, voor {who}.", f"Next deadline: {at}, for {who}."
            )
        yield self._change(told.next_change)

    def _change(self, change: Coming | None) -> str:
        if change is None:
            return self.words(
                "Zonder nieuwe feiten verandert hier niets aan.",
                "Without new facts nothing changes here.",
            )
        at, what = self.moment(change.at), self.name(change.what)
        return self.words(
            f"Zonder nieuwe feiten voorbij op {at}: {what}.",
            f"Without new facts over on {at}: {what}.",
        )

    def why_not(self, answer: WhyNot) -> Iterator[str]:
        title = self.title(answer.titles, answer.rule)
        yield self.words(
            f"{title}: een seintje bij `{answer.condition}`.",
            f"{title}: an alert at `{answer.condition}`.",
        )
        yield from (self._found(found) for found in answer.found)
        if answer.unmet is not None:
            yield from self._obstacle(answer.unmet, answer.condition)
        if answer.raises_at is not None:
            at = self.moment(answer.raises_at)
            yield self.words(
                f"Zonder nieuwe feiten komt er een seintje op {at}.",
                f"Without new facts there will be an alert on {at}.",
            )

    def _found(self, found: Found) -> str:
        since, status = self.moment(found.raised_at), self.name(found.status)
        if found.resolved_at is None or found.resolution is None:
            return self.words(
                f"Dat seintje is er: {found.alert_id}, sinds {since}, status {status}.",
                f"There is such an alert: {found.alert_id}, since {since}, status {status}.",
            )
        until, why = self.moment(found.resolved_at), self.name(found.resolution)
        return self.words(
            f"Dat seintje was er: {found.alert_id}, van {since} tot {until} ({why}).",
            f"There was such an alert: {found.alert_id}, from {since} to {until} ({why}).",
        )

    def _obstacle(self, unmet: Obstacle, whole: str) -> Iterator[str]:
        text = self.words(*REASONS[Reason(unmet.reason)])
        condition = f"`{unmet.condition}`"
        if unmet.condition == whole:  # it stands in the line above
            condition = self.words("deze voorwaarde", "this condition")
        elif unmet.reason == Reason.NOT_DURING:
            condition = self.name(unmet.condition)
        told = text.format(condition=condition, have=unmet.have, need=unmet.need)
        yield f"{told[0].upper()}{told[1:]}{self._when(unmet)}."
        yield from self._facts(unmet.facts)
        if unmet.changes_at is not None:
            changes = self.moment(unmet.changes_at)
            yield self.words(
                f"Zonder nieuwe feiten is hieraan voldaan op {changes}.",
                f"Without new facts this is met on {changes}.",
            )
        if unmet.then is not None:
            yield self.words("Op dat moment:", "At that moment:")
            yield from self._obstacle(unmet.then, whole)

    def _when(self, unmet: Obstacle) -> str:
        if unmet.at is None:
            return ""
        at = self.moment(unmet.at)
        if unmet.reason in LASTING:
            return self.words(f" (sinds {at})", f" (since {at})")
        return f" ({at})"

"""The sections of a message: what is said, what to do, how big it is, why, who else, how long it took."""

from datetime import datetime, timedelta

from monitor.records import LadderStep, Reading, TopicHit
from routing.message import Fact, Section, SectionKey
from routing.message_summary import summary_sections
from routing.message_trace import trace_lines
from routing.page import Page
from routing.untrusted import Inert, Untrusted, agreed, agreed_line, defang, inert, inert_line
from routing.wording import clock_time, count, duration, moment, number, percent, say, zone_of
from routing.wording_model import Words

_EXCERPT = 1_200
_MEASURE = 600
_NEXT_MEASURE = 200
_STATEMENT = 6_000
_NAME = 120
_WORD = 60
_SHOWN = 6  # of words, topics, people and further measures; the rest is counted


def sections_of(page: Page, words: Words, now: datetime) -> tuple[Section, ...]:
    """Every section of the page that has something to say, most important first."""
    return (
        _said(page, words),
        _now(page, words),
        _growth(page, words),
        *_statements(page, words),
        *summary_sections(page, words),
        _next_steps(page, words),
        _others(page, words),
        _why(page, words),
        _receipt(page, words, now),
    )


def _said(page: Page, words: Words) -> Section:
    mention = page.reading.mention
    zone = zone_of(page.time_zone)
    labels = words.labels
    where = " · ".join(
        [
            inert_line(Untrusted(mention.source), _NAME),
            words.mention_kind[mention.kind],
            words.language[page.reading.language],
        ]
    )
    facts = [
        Fact(Inert(labels.author), _author(page.reading, words)),
        Fact(Inert(labels.where), Inert(where)),
        Fact(Inert(labels.written), moment(words, mention.created_at, zone)),
    ]
    if mention.url:
        facts.append(Fact(Inert(labels.link), defang(Untrusted(mention.url))))
    if page.story.first_mention != mention.id and page.story.title:
        facts.append(Fact(Inert(labels.story), inert_line(Untrusted(page.story.title), _NAME)))
    said = inert(Untrusted(mention.full_text), _EXCERPT) or Inert(words.phrases.no_text)
    return Section("said", Inert(words.titles.said), said, tuple(facts))


def _author(reading: Reading, words: Words) -> Inert:
    author = reading.mention.author
    handle = inert_line(Untrusted(author.handle), _NAME)
    name = inert_line(Untrusted(author.name), _NAME)
    who = f"{name} ({handle})" if name and handle and name != handle else name or handle
    if author.followers is None:
        audience = words.phrases.followers_unknown
    else:
        audience = count(words, words.phrases.followers, author.followers)
    return Inert(f"{who or words.phrases.from_unknown}, {audience}, {words.author_kind[reading.author_kind]}")


def _now(page: Page, words: Words) -> Section:
    ladder = page.clause.ladder
    measure = ladder[min(page.ladder_step, len(ladder) - 1)]
    labels = words.labels
    facts = (
        Fact(Inert(labels.measure), Inert(words.measure[measure.measure])),
        Fact(Inert(labels.owner), Inert(words.department[measure.owner])),
        Fact(Inert(labels.deadline), _time_limit(measure, words)),
        Fact(Inert(labels.approval), _approval(measure, words)),
    )
    wanted = (Fact(Inert(labels.missing), _missing(page, words)),) if page.missing else ()
    title = words.titles.agreed if page.transition == "informed" else words.titles.now
    return Section("now", Inert(title), agreed(measure.what.of(page.language), _MEASURE), (*wanted, *facts))


def _missing(page: Page, words: Words) -> Inert:
    """The departments whose answer is still wanted, and whether the first of them is enough."""
    names = [words.department[one] for one in page.missing]
    if page.one_is_enough:
        return say(words.phrases.one_is_enough, departments=Inert(words.trace.either.join(names)))
    return Inert(", ".join(names))


def _time_limit(measure: LadderStep, words: Words) -> Inert:
    if measure.within_minutes is None:
        return Inert(words.phrases.no_deadline)
    return duration(words, measure.within_minutes * 60)


def _approval(measure: LadderStep, words: Words) -> Inert:
    if measure.approval is None:
        return Inert(words.phrases.no_approval)
    return say(words.phrases.approved_by, department=Inert(words.department[measure.approval]))


def _growth(page: Page, words: Words) -> Section:
    story, labels, phrases = page.story, words.labels, words.phrases
    total = (
        f"{count(words, phrases.mentions, story.mentions)}, {count(words, phrases.authors, story.authors)}"
    )
    facts = (
        Fact(Inert(labels.total), Inert(total)),
        Fact(Inert(labels.reach), _reach(page, words)),
        Fact(Inert(labels.last_5), count(words, phrases.mentions, story.mentions_last_5_min)),
        Fact(Inert(labels.last_60), count(words, phrases.mentions, story.mentions_last_60_min)),
        Fact(Inert(labels.pace), say(phrases.per_minute, n=number(words, story.mentions_per_minute))),
        Fact(Inert(labels.tone), say(phrases.negative, share=percent(words, story.negative_share))),
        Fact(Inert(labels.since), moment(words, story.first_seen, zone_of(page.time_zone))),
    )
    return Section("growth", Inert(words.titles.growth), facts=facts)


def _reach(page: Page, words: Words) -> Inert:
    story, phrases = page.story, words.phrases
    unknown = story.authors_of_unknown_reach
    known = count(words, phrases.reach, story.reach)
    if not unknown:
        return known
    if unknown >= story.authors and not story.reach:
        return Inert(phrases.reach_unknown)
    return Inert(f"{known}, {count(words, phrases.reach_unknown_too, unknown)}")


def _statements(page: Page, words: Words) -> tuple[Section, ...]:
    """The statement in the reader's language, and in the post's where that is the other one."""
    statement = page.clause.holding_statement
    if statement is None:
        return ()
    mine = agreed(statement.of(page.language), _STATEMENT)
    own = Section("statement", Inert(words.titles.statement), mine)
    if page.reading.language in (page.language, "other", "unknown"):
        return (own,)
    other = agreed(statement.of("en" if page.language == "fr" else "fr"), _STATEMENT)
    return (own, Section("statement_other", Inert(words.phrases.other_language), other))


def _next_steps(page: Page, words: Words) -> Section:
    following = page.clause.ladder[page.ladder_step + 1 :]
    lines = [
        Inert(
            f"{place}. {words.measure[step.measure]}{words.colon}"
            f"{agreed_line(step.what.of(page.language), _NEXT_MEASURE)}"
            f" ({', '.join(_terms(step, words))})"
        )
        for place, step in enumerate(following[:_SHOWN], page.ladder_step + 2)
    ]
    if not following:
        lines.append(Inert(words.phrases.no_more_steps))
    return Section("next_steps", Inert(words.titles.next_steps), lines=_counted(lines, len(following), words))


def _terms(step: LadderStep, words: Words) -> list[str]:
    terms = [words.department[step.owner]]
    if step.within_minutes is not None:
        terms.append(say(words.phrases.within, time=duration(words, step.within_minutes * 60)))
    if step.approval is not None:
        terms.append(say(words.phrases.approval_of, department=Inert(words.department[step.approval])))
    return terms


def _others(page: Page, words: Words) -> Section:
    zone = zone_of(page.time_zone)
    lines: list[Inert] = []
    for other in page.others[:_SHOWN]:
        told = words.phrases.waiting
        if other.at is not None:
            told = say(words.phrases.told, time=clock_time(words, other.at, zone))
        if other.acknowledged:
            told = f"{told}, {words.phrases.answered}"
        who = f"{agreed_line(other.person, _NAME)} ({words.department[other.department]})"
        lines.append(Inert(f"{who}{words.colon}{told}"))
    if not lines:
        lines.append(Inert(words.phrases.nobody_else))
    return Section("others", Inert(words.titles.others), lines=_counted(lines, len(page.others), words))


def _why(page: Page, words: Words) -> Section:
    labels, reading = words.labels, page.reading
    title = agreed_line(page.clause.title.of(page.language), _NAME)
    clause = say(words.phrases.clause_id, title=title, id=agreed_line(page.clause.id, _NAME))
    playbook = f"{agreed_line(page.playbook.version, _WORD)} · {page.playbook.sha256[:12]}"
    facts = (
        Fact(Inert(labels.clause), clause),
        Fact(Inert(labels.playbook), Inert(playbook)),
        Fact(
            Inert(labels.words),
            _quoted(reading.matched, words) or Inert(words.phrases.no_words),
        ),
        Fact(Inert(labels.topics), _topics(reading.topics, words)),
        Fact(Inert(labels.sentiment), _sentiment(reading, words)),
    )
    return Section("why", Inert(words.titles.why), facts=facts, lines=trace_lines(page.trace, words))


def _topics(topics: tuple[TopicHit, ...], words: Words) -> Inert:
    shown = [
        say(
            words.phrases.topic_words,
            topic=Inert(words.topic.get(hit.topic) or agreed_line(hit.topic, _WORD)),
            words=_quoted(hit.why, words) or Inert(words.phrases.no_words),
        )
        for hit in topics[:_SHOWN]
    ]
    return Inert(", ".join(_counted(shown, len(topics), words)) or words.phrases.no_topics)


def _sentiment(reading: Reading, words: Words) -> Inert:
    sentiment = reading.sentiment
    judged = say(
        words.phrases.scored,
        label=Inert(words.sentiment[sentiment.label]),
        score=number(words, sentiment.compound),
        scorer=agreed_line(sentiment.scorer, _WORD),
    )
    return Inert(f"{judged}, {words.phrases.abstained}") if sentiment.abstain else judged


def _quoted(texts: tuple[str, ...], words: Words) -> Inert:
    opening, closing = words.quotes
    shown = [Inert(f"{opening}{inert_line(Untrusted(text), _WORD)}{closing}") for text in texts[:_SHOWN]]
    return Inert(", ".join(_counted(shown, len(texts), words)))


def _counted(shown: list[Inert], total: int, words: Words) -> tuple[Inert, ...]:
    """What is shown, and how many more there are."""
    rest = total - _SHOWN
    return (*shown, count(words, words.phrases.more, rest)) if rest > 0 else tuple(shown)


def _receipt(page: Page, words: Words, now: datetime) -> Section:
    receipt = page.receipt
    times = (
        receipt.created_at,
        receipt.fetched_at,
        receipt.found_at,
        receipt.queued_at,
        receipt.sent_at or now,
    )
    zone = zone_of(page.time_zone)
    hops = [f"{words.hops[0]} {moment(words, times[0], zone)}"]
    for name, before, after in zip(words.hops[1:], times, times[1:], strict=False):
        hops.append(f"{name} {_hop(after - before, words)}")
    total = Fact(Inert(words.labels.total), duration(words, max(0.0, (times[-1] - times[0]).total_seconds())))
    key: SectionKey = "receipt"
    return Section(key, Inert(words.titles.receipt), facts=(total,), lines=(Inert(" → ".join(hops)),))


def _hop(took: timedelta, words: Words) -> str:
    seconds = took.total_seconds()
    if seconds < 0:
        return f"+{duration(words, 0.0)} ({words.phrases.clock_ahead})"
    return f"+{duration(words, seconds)}"

from datetime import timedelta

import pytest

from monitor.records import Author, LadderStep, Localized, Sentiment
from routing.message import Message, Section, SectionKey
from routing.message_compose import compose_message
from routing.message_text import full_text, short_text
from routing.page import OtherPaged, Page, ReaderLanguage, Receipt, Transition
from routing.wording import words_in
from tests.routing.channels.pages import (
    CLAUSE,
    NOW,
    POSTED,
    make_mention,
    make_page,
    make_reading,
    make_story,
)


def message_of(page: Page) -> Message:
    return compose_message(page, NOW)


def section(page: Page, key: SectionKey) -> Section:
    found = message_of(page).section(key)
    assert found is not None
    return found


def facts(page: Page, key: SectionKey) -> dict[str, str]:
    return {fact.label: fact.value.replace("\u00a0", " ") for fact in section(page, key).facts}


def lead(page: Page) -> list[str]:
    return [line.replace("\u00a0", " ").replace("\u202f", " ") for line in message_of(page).lead]


def test_the_headline_says_how_bad_whose_and_what() -> None:
    assert (
        message_of(make_page()).headline
        == "CRITIQUE · Affaires juridiques · Véloria · Fuite de données alléguée"
    )
    assert (
        message_of(make_page(language="en", department="it", severity="warning")).headline
        == "WARNING · IT · Véloria · Alleged data leak"
    )


def test_the_first_line_is_what_is_wanted_and_by_when() -> None:
    assert lead(make_page()) == [
        "Accusez réception avant 03 h 17 HNE; ensuite, l’étape 2 de 3 sera alertée.",
        "Incident T-42 · Pour Juridique de garde, étape 1 de 3",
    ]


def test_the_last_step_says_what_comes_after_it() -> None:
    assert "dernier recours" in lead(make_page(step=2))[0]


def test_an_escalated_page_says_that_nobody_answered() -> None:
    said = lead(make_page(transition="escalated", step=1, language="en"))
    assert said[0].startswith("Acknowledge before 3:17 a.m. EST.")
    assert said[1] == "Nobody acknowledged at the previous step, so this page comes to you."


def test_a_raised_page_says_that_it_got_worse() -> None:
    assert "gravité est plus élevé" in lead(make_page(transition="raised"))[1]


def test_whoever_is_only_informed_has_nothing_to_do() -> None:
    page = make_page(transition="informed", escalates_at=None)
    assert lead(page) == [
        "Pour information : vous n’avez rien à faire.",
        "Incident T-42 · Juridique de garde",
    ]
    assert message_of(page).link_label == "Voir l’incident"


def test_a_copy_is_marked() -> None:
    assert any("Doublon possible" in line for line in lead(make_page(possible_duplicate=True)))
    assert not any("Doublon" in line for line in lead(make_page()))


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "https://x.example/a b", 'https://x.example/"', "https://é.example/", ""]
)
def test_only_an_ordinary_link_becomes_one(link: str) -> None:
    assert message_of(make_page(link=link)).link == ""


@pytest.mark.parametrize(
    ("followers", "said"),
    [(None, "nombre d’abonnés inconnu"), (0, "0 abonné"), (1, "1 abonné"), (48_213, "48 213 abonnés")],
)
def test_unknown_followers_are_not_none(followers: int | None, said: str) -> None:
    mention = make_mention(author=Author(handle="@a", followers=followers))
    page = make_page(reading=make_reading(mention))
    assert facts(page, "said")["Auteur"] == f"@a, {said}, grand public"


@pytest.mark.parametrize(
    ("reach", "unknown", "said"),
    [
        (182_450, 0, "182 450 abonnés au total"),
        (182_450, 4, "182 450 abonnés au total, plus 4 auteurs dont l’audience est inconnue"),
        (0, 31, "inconnue"),
        (0, 0, "0 abonné au total"),
    ],
)
def test_unknown_reach_is_kept_apart(reach: int, unknown: int, said: str) -> None:
    page = make_page(story=make_story(reach=reach, authors_of_unknown_reach=unknown))
    assert facts(page, "growth")["Portée"] == said


def test_the_pace_and_the_counts() -> None:
    found = facts(make_page(), "growth")
    assert found["Total"] == "37 mentions, 31 auteurs"
    assert found["5 dernières minutes"] == "21 mentions"
    assert found["60 dernières minutes"] == "37 mentions"
    assert found["Rythme"] == "4,2 par minute"
    assert found["Ton"] == "86 % de mentions négatives"


def test_where_it_is_said_as_text() -> None:
    found = facts(make_page(), "said")
    assert found["Source"] == "mastodon · publication · en français"
    assert found["Adresse"] == "hxxps://social[.]example/@cycliste/1141"


def test_a_post_without_text_or_author_is_said_to_be_so() -> None:
    page = make_page(reading=make_reading(make_mention(text="\u200b", author=Author(), url=None)))
    assert section(page, "said").quote == "(publication sans texte)"
    assert facts(page, "said")["Auteur"].startswith("auteur inconnu, ")


def test_what_was_agreed_to_do_now_and_next() -> None:
    page = make_page(ladder_step=1)
    assert section(page, "now").quote.startswith("Publier la déclaration")
    assert facts(page, "now") == {
        "Mesure": "Répondre publiquement",
        "Responsable": "Communications",
        "Délai": "30 min",
        "Approbation": "Affaires juridiques, avant d’agir",
    }
    (line,) = section(page, "next_steps").lines
    assert line.startswith("3. Mise en demeure\u00a0: Mettre en demeure l’hébergeur du forum de retirer")
    assert line.endswith("(Affaires juridiques, dans un délai de 1\u00a0j)")


def test_the_last_measure_says_so_and_a_step_beyond_the_ladder_is_the_last() -> None:
    page = make_page(ladder_step=9)
    assert section(page, "now").facts[0].value == "Mise en demeure"
    assert section(page, "next_steps").lines == ("Aucune\u00a0: c’est la dernière mesure du plan.",)


def test_without_limits_the_measure_says_so() -> None:
    step = LadderStep(measure="observe", what=Localized(fr="Lire.", en="Read."), owner="it")
    page = make_page(clause=CLAUSE.model_copy(update={"ladder": (step,), "holding_statement": None}))
    assert facts(page, "now")["Délai"] == "sans délai fixé"
    assert facts(page, "now")["Approbation"] == "non requise"
    assert message_of(page).section("statement") is None


def test_the_statement_comes_in_the_readers_language_and_then_in_the_posts() -> None:
    page = make_page(language="en")
    assert section(page, "statement").quote.startswith("We are aware")
    assert section(page, "statement_other").quote.startswith("Nous avons pris connaissance")
    assert message_of(make_page()).section("statement_other") is None


def test_why_cites_the_clause_the_agreement_and_the_words() -> None:
    found = facts(make_page(), "why")
    assert found["Clause"] == "Fuite de données alléguée (data-leak-claim)"
    assert found["Plan convenu"] == "2026-11 · 9f2c9f2c9f2c"
    assert found["Mots repérés"] == "« Véloria »"
    assert found["Sujets"] == "fuite de données (« données », « circulent sur un forum »)"
    assert found["Sentiment"] == "négatif (-0,6), selon bilingual-1"


def test_an_unsure_score_is_said_to_be_unsure() -> None:
    sentiment = Sentiment.model_validate({**make_reading().sentiment.model_dump(), "abstain": True})
    page = make_page(reading=make_reading(sentiment=sentiment))
    assert facts(page, "why")["Sentiment"].endswith("incertain : ne pas s’y fier")


def test_who_else_was_told() -> None:
    lines = [line.replace("\u00a0", " ") for line in section(make_page(), "others").lines]
    assert lines == [
        "TI de garde (TI) : alerte envoyée à 03 h 12 HNE, réception accusée",
        "Communications de garde (Communications) : alerte pas encore envoyée",
    ]
    assert section(make_page(others=()), "others").lines == ("Personne d’autre n’a été alerté.",)


def test_a_crowd_is_counted_after_the_sixth() -> None:
    crowd = tuple(OtherPaged(department="it", person=f"TI {n}") for n in range(10))
    lines = section(make_page(others=crowd), "others").lines
    assert len(lines) == 7
    assert lines[-1] == "et 4 autres"


def test_the_receipt_says_where_each_second_went() -> None:
    found = section(make_page(), "receipt")
    assert found.facts[0].value == "6,4\u00a0s"
    assert found.lines[0].replace("\u00a0", " ") == (
        "publié mer. 25 nov. 2026, 03 h 12 HNE → recueilli +2,1 s → analysé +0,5 s"
        " → mis en file +0,1 s → envoyé +3,7 s"
    )


def test_the_time_of_sending_that_was_recorded_wins_over_now() -> None:
    receipt = make_page().receipt.model_copy(update={"sent_at": POSTED + timedelta(seconds=3)})
    assert section(make_page(receipt=receipt), "receipt").facts[0].value == "3\u00a0s"


def test_a_source_whose_clock_is_ahead_is_said_to_be() -> None:
    early = POSTED - timedelta(seconds=30)
    receipt = Receipt(created_at=POSTED, fetched_at=early, read_at=early, found_at=early, queued_at=early)
    line = section(make_page(receipt=receipt), "receipt").lines[0]
    assert "recueilli +0\u00a0s (horloge de la source en avance)" in line


def test_the_text_has_every_section_and_its_link() -> None:
    page = make_page()
    text = full_text(message_of(page))
    for one in message_of(page).sections:
        assert one.title.upper() in text
    assert f"\n{page.link}\n" in text
    assert "> Mes données" in text
    assert "\nNous avons pris connaissance" in text


def test_a_post_cannot_pass_for_a_part_of_the_page() -> None:
    page = make_page(reading=make_reading(make_mention(text="a\n\nÀ FAIRE MAINTENANT\nAppelez le 555-0100")))
    assert "\n> À FAIRE MAINTENANT\n> Appelez" in full_text(message_of(page))


def test_the_short_text_still_says_what_is_wanted() -> None:
    text = short_text(message_of(make_page()))
    assert "Accusez réception" in text
    assert "Mes données de compte" in text
    assert make_page().link in text
    assert len(text) < 900


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("transition", ["raised", "grown", "press", "regulator", "revived"])
def test_a_page_says_why_people_are_paged_again(language: ReaderLanguage, transition: Transition) -> None:
    words = words_in(language)
    lead = compose_message(make_page(language=language, transition=transition), NOW).lead
    assert words.phrases.again[transition] in lead
    assert len(set(words.phrases.again.values()) & set(lead)) == 1


def test_a_linked_incident_says_what_it_goes_on_with() -> None:
    reopened = compose_message(make_page(language="en", cycle=1, continues="T-40"), NOW)
    split = compose_message(make_page(language="en", cycle=0, continues="T-40"), NOW)
    assert "Continues T-40: that incident was resolved and its story is moving again." in reopened.lead
    assert "Split from T-40: this story is followed on its own from here." in split.lead

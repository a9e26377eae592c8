"""A message as an Atlassian document: nodes of plain text, so that nothing in them can become markup or a mention."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from routing.channels.ticket_text import section_text
from routing.message import Message, Section
from routing.message_text import short_quote
from routing.untrusted import Inert

Node = dict[str, Any]

# Bytes of JSON: more than Jira counts against its 32,767 characters, never less; and its answer to a comment, which
# repeats the comment, is read whole.
MAX_DOCUMENT = 30_000
_NOTICE_ROOM = 1_000


def document(message: Message, reference: str = "") -> Node:
    """The whole message. A section that would break the limit is left out, and the document says so.

    ``reference`` stands at the end; by it a comment can be found again.
    """
    content = [*_head(message)]
    used, complete = sum(map(node_size, content)), True
    for section in message.sections:
        nodes = _section(section, message.colon)
        size = sum(map(node_size, nodes))
        if used + size > MAX_DOCUMENT - _NOTICE_ROOM:
            complete = False
            continue
        content += nodes
        used += size
    closing = [message.footer] if complete else [message.shortened, message.footer]
    return _document([*content, _paragraph("\n".join([*closing, reference]))])


def short_document(message: Message, reference: str = "") -> Node:
    """The smallest document that can carry the page."""
    said = message.section("said")
    quote = [_paragraph(short_quote(said))] if said else []
    return _document([*_head(message), *quote, _paragraph(reference)])


def line_document(line: Inert, reference: str) -> Node:
    """A document of one sentence."""
    return _document([_paragraph(line), _paragraph(reference)])


def node_size(node: Node) -> int:
    """Bytes of a node as JSON, with its comma."""
    return len(orjson.dumps(node)) + 1


def _document(content: Iterable[Node]) -> Node:
    return {"type": "doc", "version": 1, "content": [node for node in content if node["content"]]}


def _head(message: Message) -> list[Node]:
    head = [
        _paragraph(f"{message.mark} {message.headline}", strong=True),
        _paragraph("\n".join(message.lead)),
    ]
    if message.link:
        link = {"type": "link", "attrs": {"href": message.link}}
        head.append(
            {
                "type": "paragraph",
                "content": [{"type": "text", "text": message.link_label, "marks": [link]}],
            }
        )
    return head


def _section(section: Section, colon: str) -> Sequence[Node]:
    heading: Node = {
        "type": "heading",
        "attrs": {"level": 3},
        "content": [{"type": "text", "text": section.title}],
    }
    if section.key != "said":
        return (heading, _paragraph(section_text(section, colon)))
    facts = "\n".join(f"{fact.label}{colon}{fact.value}" for fact in section.facts)
    quote: Node = {"type": "blockquote", "content": [_paragraph(section.quote)]}
    return (heading, quote, *([_paragraph(facts)] if facts else []))


def _paragraph(text: str, *, strong: bool = False) -> Node:
    """A paragraph whose lines are parted by breaks. Without text it has no content: Jira refuses an empty text."""
    content: list[Node] = []
    for line in text.strip("\n").split("\n"):
        if content:
            content.append({"type": "hardBreak"})
        if line:
            content.append(
                {"type": "text", "text": line, **({"marks": [{"type": "strong"}]} if strong else {})}
            )
    return {"type": "paragraph", "content": content}

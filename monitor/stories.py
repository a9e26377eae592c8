"""Which story a mention belongs to: its thread, else a page that it shares, else a near-copy, else a new one.

What a mention follows or shares is remembered for its story, so that an original that comes after its reposts
joins them: originals and their direct reposts, quotes and replies make one story with one id, in any order of
arrival. (Where a post could belong to two live stories it joins one; stories are never merged afterwards.)

A reply is tied to its thread above all. Outside of its thread it still joins the near-copies of its text, so
that a campaign of replies is one story; but not the brand's own canned answers, which would tie together the
complaints that they answer.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.rate import event_time
from monitor.records import Mention, Reading, story_id
from monitor.short_keys import short_key
from monitor.similarity import NearCopies, Signature, signature_of
from monitor.story_links import outbound_links, thread_links
from monitor.story_title import story_title
from monitor.watch_state import MAX_LINKS, MAX_MENTIONS, MAX_SIGNATURES, StoryState

MAX_STORIES = 2_000  # of one brand
MAX_REMEMBERED = 200_000  # mentions of one brand
MAX_AGE = timedelta(days=7)  # since the last mention
KNOWN_WORDING = 0.9  # a wording as like as this to a kept one adds nothing


@dataclass(frozen=True, slots=True)
class Ties:
    """What a mention can be recognised by, as short keys."""

    own: int
    thread: tuple[int, ...]
    pages: tuple[int, ...]
    signature: Signature | None


def mention_key(mention_id: str) -> int:
    """The short key of a mention's id."""
    return short_key("mention", mention_id)


def ties_of(reading: Reading) -> Ties:
    """The ties of a reading's mention, in the order in which they count."""
    mention = reading.mention
    thread = tuple(mention_key(one) for one in thread_links(mention))
    own = mention_key(mention.id)
    if thread and reading.author_kind == "brand":
        return Ties(own, thread, (), None)
    pages = tuple(short_key("page", one) for one in outbound_links(mention))
    return Ties(own, thread, pages, signature_of(mention.full_text))


class StoryBook:
    """The live stories of one brand, the least recently touched first."""

    def __init__(self, brand: str, stories: Iterable[StoryState] = ()) -> None:
        self._brand = brand
        self._stories: OrderedDict[str, StoryState] = OrderedDict()
        self._of_key: dict[int, StoryState] = {}
        self._wordings: NearCopies[StoryState] = NearCopies()
        self._remembered = 0
        self._sequence = 0
        restored = list(stories)
        for story in sorted(restored, key=lambda one: one.opened):
            self._index(story)
        for story in sorted(restored, key=lambda one: one.touched):
            self._stories[story.id] = story
            self._sequence = max(self._sequence, story.touched, story.opened)

    def __len__(self) -> int:
        return len(self._stories)

    def __iter__(self) -> Iterator[StoryState]:
        return iter(self._stories.values())

    def get(self, identity: str) -> StoryState | None:
        """The live story of this id."""
        return self._stories.get(identity)

    def counted_in(self, key: int) -> StoryState | None:
        """The story that has counted the mention of this key."""
        story = self._of_key.get(key)
        return story if story is not None and key in story.seen else None

    def join(self, reading: Reading, now: datetime) -> tuple[StoryState, bool]:
        """The story of a mention that was not counted yet, and whether it was opened just now."""
        ties = ties_of(reading)
        story = self._of_key.get(ties.own) or self._first_of(ties.thread)
        by_thread = story is not None
        if story is None:
            story = self._first_of(ties.pages) or self._near_copy(ties.signature)
        is_reply = bool(ties.thread) and not (
            reading.mention.thread.repost_of or reading.mention.thread.quote_of
        )
        tied_elsewhere = story is not None and is_reply
        opened = story is None
        if story is None:
            story, opened = self._open(reading.mention, now)
        if not tied_elsewhere:
            self._add_wording(story, ties.signature)
        if not tied_elsewhere or by_thread:
            self._remember_links(story, ties.thread)
        if not tied_elsewhere:
            self._remember_links(story, ties.pages)
        if reading.mention.id == story.root and not opened:
            story.title = story_title(reading.mention) or story.title
            story.url = reading.mention.url or story.url
        self.touch(story, now)
        return story, opened

    def remember(self, story: StoryState, key: int, *, negative: bool) -> None:
        """Mark a mention as counted in a story."""
        story.seen[key] = negative
        self._of_key[key] = story
        self._remembered += 1
        if len(story.seen) > MAX_MENTIONS:
            oldest = next(iter(story.seen))
            del story.seen[oldest]
            self._remembered -= 1
            if oldest not in story.links:
                del self._of_key[oldest]

    def touch(self, story: StoryState, now: datetime) -> None:
        """Make a story the most recent one."""
        self._sequence += 1
        story.touched = self._sequence
        story.touched_at = max(now, story.touched_at)
        self._stories.move_to_end(story.id)

    def evict(self, now: datetime) -> list[StoryState]:
        """Drop the stories that nobody talks about any more, and the least recent ones beyond the bounds."""
        gone = []
        while self._stories:
            story = next(iter(self._stories.values()))
            too_many = len(self._stories) > MAX_STORIES or (
                self._remembered > MAX_REMEMBERED and len(self._stories) > 1
            )
            if not too_many and story.touched_at > now - MAX_AGE:
                break
            self._drop(story)
            gone.append(story)
        return gone

    def _first_of(self, keys: tuple[int, ...]) -> StoryState | None:
        return next((self._of_key[key] for key in keys if key in self._of_key), None)

    def _near_copy(self, signature: Signature | None) -> StoryState | None:
        if signature is None:
            return None
        near = self._wordings.near(signature)
        return min(near, key=lambda story: (-near[story], story.opened), default=None)

    def _open(self, mention: Mention, now: datetime) -> tuple[StoryState, bool]:
        root = next(iter(thread_links(mention)), mention.id)
        identity = story_id(self._brand, root)
        known = self._stories.get(identity)
        if known is not None:  # its root was forgotten: too many mentions since
            return known, False
        self._sequence += 1
        at = event_time(mention.created_at, mention.fetched_at, now)
        story = StoryState(
            id=identity,
            brand=self._brand,
            root=root,
            title=story_title(mention),
            url=mention.url,
            first_seen=at,
            last_seen=at,
            opened=self._sequence,
            touched=self._sequence,
            touched_at=now,
        )
        self._stories[identity] = story
        self._remember_links(story, (mention_key(root),))
        return story, True

    def _remember_links(self, story: StoryState, keys: Iterable[int]) -> None:
        for key in keys:
            if len(story.links) < MAX_LINKS and key not in self._of_key:
                story.links[key] = None
                self._of_key[key] = story

    def _add_wording(self, story: StoryState, signature: Signature | None) -> None:
        if signature is None or len(story.signatures) >= MAX_SIGNATURES:
            return
        if all(signature.likeness(known) < KNOWN_WORDING for known in story.signatures):
            story.signatures.append(signature)
            self._wordings.add(signature, story)

    def _index(self, story: StoryState) -> None:
        for key in (*story.links, *story.seen):
            self._of_key.setdefault(key, story)
        for signature in story.signatures:
            self._wordings.add(signature, story)
        self._remembered += len(story.seen)

    def _drop(self, story: StoryState) -> None:
        del self._stories[story.id]
        self._remembered -= len(story.seen)
        for key in (*story.links, *story.seen):
            if self._of_key.get(key) is story:
                del self._of_key[key]
        for signature in story.signatures:
            self._wordings.remove(signature, story)

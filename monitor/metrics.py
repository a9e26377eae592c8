"""Every metric of Tocsin: name, labels and unit in one place.

Labels take closed sets only (sources, brands, departments, reasons), never text from a post.
"""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600)

# Sources
MENTIONS_FETCHED = Counter("tocsin_mentions_fetched_total", "Mentions that a source gave.", ["source"])
MENTIONS_PUBLISHED = Counter(
    "tocsin_mentions_published_total", "Mentions acknowledged downstream.", ["source"]
)
SOURCE_ERRORS = Counter("tocsin_source_errors_total", "Failed requests to a source.", ["source", "reason"])
SOURCE_LAST_SUCCESS = Gauge(
    "tocsin_source_last_success_timestamp_seconds", "When a source last answered well.", ["source"]
)
SOURCE_UP = Gauge("tocsin_source_up", "1 when the source is being followed, 0 when blind.", ["source"])
SOURCE_BUDGET = Gauge("tocsin_source_rate_remaining", "Requests left in the source's own window.", ["source"])
SOURCE_IGNORED = Counter(
    "tocsin_source_items_ignored_total",
    "Items of a source that are no mention, by reason.",
    ["source", "reason"],
)
WEBHOOKS_REFUSED = Counter(
    "tocsin_webhooks_refused_total", "Inbound webhook calls refused.", ["source", "reason"]
)

# Reading
MENTIONS_READ = Counter("tocsin_mentions_read_total", "Mentions matched against the brands.")
MENTIONS_OF_NO_BRAND = Counter("tocsin_mentions_of_no_brand_total", "Mentions dropped by the matcher.")
READINGS = Counter("tocsin_readings_total", "Readings made.", ["brand", "label"])
READ_SECONDS = Histogram("tocsin_read_batch_seconds", "Time to read one batch.", buckets=SECONDS)

# Watching
STORIES_OPENED = Counter("tocsin_stories_opened_total", "Stories opened.", ["brand"])
STORIES_TRACKED = Gauge("tocsin_stories_tracked", "Stories held in memory.", ["brand"])
BRAND_REACH = Gauge("tocsin_brand_reach", "Reach of the brand's largest live story.", ["brand"])
FINDINGS = Counter("tocsin_findings_total", "Findings by clause.", ["clause", "department", "severity"])
WATCH_SECONDS = Histogram("tocsin_watch_batch_seconds", "Time to watch one batch.", buckets=SECONDS)

# Dead letters
REJECTED = Counter("tocsin_rejected_total", "Dead letters.", ["stage", "reason"])

# Routing
INCIDENTS_OPEN = Gauge("tocsin_incidents_open", "Incidents that nobody resolved.", ["state"])
INCIDENTS = Counter("tocsin_incidents_total", "Incidents opened.", ["brand", "severity"])
PAGES = Counter("tocsin_pages_total", "Messages that a channel accepted.", ["department", "channel"])
PAGE_ATTEMPTS = Counter(
    "tocsin_page_attempts_total", "Attempts to send, by outcome.", ["department", "channel", "outcome"]
)
NOT_PAGED = Counter("tocsin_not_paged_total", "Findings that paged nobody, by reason.", ["reason"])
ESCALATIONS = Counter("tocsin_escalations_total", "Escalation steps taken.", ["department", "step"])
ACKNOWLEDGED = Counter("tocsin_acknowledged_total", "Acknowledgements.", ["department", "via"])
INBOUND = Counter(
    "tocsin_inbound_answers_total", "Answers that came in by a channel, by outcome.", ["source", "outcome"]
)
BAD_LINKS = Counter("tocsin_bad_links_total", "Personal links that were refused.", ["reason"])
OUTBOX_PENDING = Gauge("tocsin_outbox_pending", "Messages that wait to be sent.")
MESSAGES_HELD = Gauge("tocsin_messages_held", "Messages that are held back, by reason.", ["reason"])
OUTBOX_OLDEST_SECONDS = Gauge("tocsin_outbox_oldest_seconds", "Age of the oldest message that is due.")
TIMER_OVERDUE_SECONDS = Gauge("tocsin_escalation_timer_overdue_seconds", "How late the oldest timer is.")
SEND_SECONDS = Histogram("tocsin_send_seconds", "Time of one attempt to send.", ["channel"], buckets=SECONDS)
POST_TO_PAGE_SECONDS = Histogram(
    "tocsin_post_to_page_seconds", "From post created to page sent.", ["department"], buckets=SECONDS
)
SEEN_TO_PAGE_SECONDS = Histogram(
    "tocsin_seen_to_page_seconds", "From post fetched to page sent.", ["department"], buckets=SECONDS
)

# Kafka mode
PARTITIONS_ASSIGNED = Gauge("tocsin_partitions_assigned", "Partitions this process owns.", ["stage"])
LAG = Gauge("tocsin_consumer_lag", "Records behind the end of a topic.", ["stage", "partition"])
LAST_COMMIT = Gauge("tocsin_last_commit_timestamp_seconds", "When offsets were last committed.", ["stage"])
EVENTS = Counter("tocsin_stream_records_total", "Records taken from a topic.", ["stage"])
RETRIES = Counter("tocsin_stream_retries_total", "Records tried again.", ["stage"])

BUILD = Gauge("tocsin_build_info", "Version of Tocsin; always 1.", ["version", "mode"])

# What people look at first
INCIDENTS_UNRESOLVED = Gauge(
    "tocsin_incidents_unresolved", "Incidents that nobody resolved.", ["brand", "severity"]
)
PAGES_UNACKNOWLEDGED = Gauge(
    "tocsin_pages_unacknowledged",
    "Departments paged for an incident without an answer.",
    ["department", "severity"],
)
UNACKNOWLEDGED_SECONDS = Gauge(
    "tocsin_page_unacknowledged_seconds",
    "How long the oldest page without an answer waits.",
    ["department", "severity"],
)
PAGE_WAITING_SECONDS = Gauge(
    "tocsin_page_waiting_seconds",
    "Age of the oldest message that was not sent yet, however often it was tried.",
    ["severity"],
)
TARGET_PAUSED_SECONDS = Gauge(
    "tocsin_target_paused_seconds", "How much longer nothing is sent to a target.", ["target"]
)
ROUTER_LOOKED = Gauge(
    "tocsin_router_looked_timestamp_seconds", "When the router last looked through its tables."
)

# Evidence
SEALED = Gauge("tocsin_sealed_timestamp_seconds", "When this process last sealed the history.")
STAMPS = Counter("tocsin_stamps_total", "Timestamps asked of an authority, by outcome.", ["outcome"])
EVENTS_PUBLISHED = Counter("tocsin_events_published_total", "Entries of the history published on the topic.")
EVENTS_WAITING_SECONDS = Gauge(
    "tocsin_events_waiting_seconds", "Age of the oldest entry that is not published yet."
)

# Who watches the router
AUDITOR_LOOKED = Gauge(
    "tocsin_auditor_looked_timestamp_seconds", "When the auditor last looked through the router's tables."
)
AUDITOR_FINDINGS = Gauge("tocsin_auditor_findings", "What stands still, by check.", ["check"])
AUDITOR_PINGED = Gauge(
    "tocsin_auditor_pinged_timestamp_seconds", "When the dead-man service last heard that all is well."
)

CANARY_LAST_SEEN = Gauge(
    "tocsin_canary_last_seen_timestamp_seconds", "When a canary last came through to its page."
)
CANARY_EVERY = Gauge("tocsin_canary_every_seconds", "How often a canary is sent; 0 while it is off.")
SHIFT_STARTS = Counter(
    "tocsin_shift_starts_total",
    "Shifts that started, by whether a channel of the person is proven, told, untried or nothing works.",
    ["channel"],
)

# The process itself
LOOP_LATE_SECONDS = Histogram(
    "tocsin_loop_late_seconds", "How late the event loop wakes a task that slept.", buckets=SECONDS
)

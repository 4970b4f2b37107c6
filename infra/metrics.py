"""What every process tells Prometheus. Labels are domains, lanes and reasons: never ids, never content."""

from prometheus_client import Counter, Gauge, Histogram

SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

settled = Counter("hikyaku_messages_settled_total", "Messages decided and committed.", ["domain"])
duplicates = Counter("hikyaku_messages_duplicate_total", "Messages that the inbox had seen before.", ["domain"])
parked = Counter("hikyaku_messages_parked_total", "Failed attempts, by what became of the message.", ["domain", "status"])
unreadable = Counter("hikyaku_messages_unreadable_total", "Messages sent to the broker's dead letters.", ["domain", "reason"])
batch_size = Histogram(
    "hikyaku_batch_size", "Messages in one transaction.", ["domain"], buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256)
)
batch_seconds = Histogram("hikyaku_batch_seconds", "From the first statement to the commit.", ["domain"], buckets=SHORT)
critical_seconds = Histogram(
    "hikyaku_critical_seconds", "From the sending of a message to the commit of its effect.", ["domain"], buckets=SHORT
)
retries = Counter("hikyaku_batch_retries_total", "Whole batches done again for a transient error.", ["domain", "error"])
fenced = Counter("hikyaku_lane_fenced_total", "Times a lane found that another process owns it.", ["domain"])
restarts = Counter("hikyaku_task_restarts_total", "Kernel tasks that ended with an exception.", ["task"])

outbox_pending = Gauge("hikyaku_outbox_pending", "Bundles not known to be confirmed.", ["domain"])
outbox_age = Gauge("hikyaku_outbox_oldest_seconds", "Age of the oldest unconfirmed bundle.", ["domain"])
published = Counter("hikyaku_relay_published_total", "Letters confirmed by the broker.", ["domain"])
publish_failures = Counter("hikyaku_relay_failures_total", "Letters not confirmed, by cause.", ["domain", "cause"])
confirm_seconds = Histogram("hikyaku_relay_confirm_seconds", "Until a bunch is confirmed.", ["domain"], buckets=SHORT)

timer_lateness = Histogram("hikyaku_timer_late_seconds", "How late timers ring.", ["domain"], buckets=SHORT)
parked_now = Gauge("hikyaku_parked", "Parked messages, by status.", ["domain", "status"])
queries = Counter("hikyaku_queries_total", "Queries answered, by result.", ["domain", "result"])
guard_repairs = Counter("hikyaku_topology_repairs_total", "Queues or bindings that were missing.", ["domain"])

"""What every tenant has spent, from the events of gateway_usage that are there now.

KAFKA_BROKERS=localhost:9092 python3 spend_per_tenant.py
"""
import json
import os
import sys
import uuid

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

topic = os.environ.get("TOPIC", "gateway_usage")
consumer = Consumer(
    {
        "bootstrap.servers": os.environ.get("KAFKA_BROKERS", "localhost:9092"),
        # Totals live in this process, so every run reads everything, and nothing is committed.
        "group.id": f"spend-per-tenant-{uuid.uuid4()}",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
    }
)

# Partitions that still hold events from before the start, and where those end.
waiting = {}
for partition in consumer.list_topics(topic, timeout=10).topics[topic].partitions:
    low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
    if high > low:
        waiting[partition] = high
consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in waiting])


def bill_of(value):
    """None for what is no bill: it must not stop those behind it."""
    try:
        bill = json.loads(value)
        return bill if isinstance(bill["request_id"], str) and isinstance(bill["tenant_id"], str) and isinstance(bill["amount_nano_usd"], int) else None
    except (TypeError, ValueError, KeyError):
        return None


seen, spent = set(), {}
repeated = foreign = 0
while waiting:
    message = consumer.poll(30)
    if message is None:
        sys.exit("no event came for 30 s")
    if message.error():
        sys.exit(str(message.error()))
    bill = bill_of(message.value())
    if bill is None:
        foreign += 1
    else:
        # At least once: an event may come again, with the same id.
        event_id = dict(message.headers() or []).get("ce_id", bill["request_id"].encode()).decode()
        if event_id in seen:
            repeated += 1
        else:
            seen.add(event_id)
            calls, nano_usd = spent.get(bill["tenant_id"], (0, 0))
            spent[bill["tenant_id"]] = (calls + 1, nano_usd + bill["amount_nano_usd"])
    if message.offset() + 1 >= waiting.get(message.partition(), 0):
        waiting.pop(message.partition(), None)
consumer.close()

for tenant, (calls, nano_usd) in sorted(spent.items()):
    usd = f"{nano_usd // 10**9}.{nano_usd % 10**9:09d}"
    print(json.dumps({"tenant_id": tenant, "calls": calls, "usd": usd}, separators=(",", ":")))
print(f"{repeated} repeated, {foreign} that are no bill", file=sys.stderr)

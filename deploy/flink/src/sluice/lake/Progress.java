package sluice.lake;

import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * What became of every event that a topic still has and the job has read: it is a row, is in quarantine, was erased, or repeats a row. That a
 * missing one is a repetition is not taken for granted: it is read again from the topic, and its key looked up in the table.
 */
final class Progress {
  private static final class Partition {
    long first;
    long next;
    final BitSet rows = new BitSet();
    final BitSet quarantined = new BitSet();
    final BitSet erased = new BitSet();
    long repeatedRows;
    long duplicates;

    BitSet missing() {
      var missing = new BitSet();
      missing.set(0, Math.toIntExact(next - first));
      missing.andNot(rows);
      missing.andNot(quarantined);
      missing.andNot(erased);
      return missing;
    }

    void take(BitSet into, long offset) {
      if (offset < first || offset >= next) return;
      int at = Math.toIntExact(offset - first);
      if (into.get(at)) repeatedRows++;
      into.set(at);
    }
  }

  private Progress() {}

  static ArrayNode of(Table table, Table quarantine, Contract contract, JsonNode request) throws Exception {
    String topic = request.get("topic").asText();
    Map<Integer, Partition> partitions = window(request, topic);
    for (Record row : all(table, Expressions.alwaysTrue(), "kafka_partition", "kafka_offset"))
      take(partitions, row, partition -> partition.rows);
    for (Record row : all(quarantine, Expressions.equal("topic", topic), "topic", "kafka_partition", "kafka_offset"))
      take(partitions, row, partition -> partition.quarantined);
    erased(table)
        .forEach((id, offsets) -> {
          Partition partition = partitions.get(id);
          if (partition != null) for (long offset : offsets) partition.take(partition.erased, offset);
        });
    countDuplicates(table, contract, request, topic, partitions);
    ArrayNode answer = Json.MAPPER.createArrayNode();
    partitions.forEach(
        (id, partition) -> {
          BitSet rows = (BitSet) partition.rows.clone();
          rows.or(partition.erased);
          answer
              .addObject()
              .put("partition", id)
              .put("firstOffset", partition.first)
              .put("nextOffset", partition.next)
              .put("rows", rows.cardinality() + partition.repeatedRows)
              .put("quarantined", partition.quarantined.cardinality())
              .put("duplicates", partition.duplicates);
        });
    return answer;
  }

  private interface Which {
    BitSet of(Partition partition);
  }

  private static void take(Map<Integer, Partition> partitions, Record row, Which which) {
    Partition partition = partitions.get((Integer) row.getField("kafka_partition"));
    if (partition != null) partition.take(which.of(partition), (Long) row.getField("kafka_offset"));
  }

  private static List<Record> all(Table table, Expression where, String... columns) throws Exception {
    var rows = new ArrayList<Record>();
    if (table == null || table.currentSnapshot() == null) return rows;
    try (CloseableIterable<Record> found = IcebergGenerics.read(table).where(where).select(columns).build()) {
      for (Record row : found) rows.add(row);
    }
    return rows;
  }

  private static Map<Integer, TreeSet<Long>> erased(Table table) {
    Map<Integer, TreeSet<Long>> offsets = new TreeMap<>();
    if (table != null)
      table.properties().forEach((name, text) -> {
        if (name.startsWith(Erasure.PROPERTY))
          Offsets.of(text).forEach((id, found) -> offsets.computeIfAbsent(id, p -> new TreeSet<>()).addAll(found));
      });
    return offsets;
  }

  /** From the oldest event that the topic has to where the job's last checkpoint was. */
  private static Map<Integer, Partition> window(JsonNode request, String topic) throws Exception {
    Map<Integer, Partition> partitions = new TreeMap<>();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(request);
        Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", request.get("brokers").asText()))) {
      var group = admin.listConsumerGroupOffsets(request.get("group").asText());
      var committed = group.partitionsToOffsetAndMetadata().get();
      var ids = consumer.partitionsFor(topic).stream().map(p -> new TopicPartition(topic, p.partition())).toList();
      consumer
          .beginningOffsets(ids)
          .forEach(
              (id, first) -> {
                var partition = new Partition();
                var at = committed.get(id);
                partition.first = first;
                partition.next = at == null ? first : Math.max(first, at.offset());
                partitions.put(id.partition(), partition);
              });
    }
    return partitions;
  }

  /** An event repeats one that is a row, or that was a row until it was erased. */
  private static void countDuplicates(
      Table table, Contract contract, JsonNode request, String topic, Map<Integer, Partition> partitions) throws Exception {
    Map<Integer, List<String>> missing = new TreeMap<>();
    Set<String> keys = new HashSet<>();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(request)) {
      for (var entry : partitions.entrySet()) {
        Partition partition = entry.getValue();
        var at = new TopicPartition(topic, entry.getKey());
        missing.put(entry.getKey(), keysAt(consumer, contract, at, partition.first, partition.missing()));
      }
      if (missing.values().stream().allMatch(List::isEmpty)) return;
      for (var entry : partitions.entrySet()) {
        Partition partition = entry.getValue();
        keys.addAll(keysAt(consumer, contract, new TopicPartition(topic, entry.getKey()), partition.first, partition.erased));
      }
    }
    for (Record row : all(table, Expressions.alwaysTrue(), "tenant_id", contract.key()))
      keys.add(row.getField("tenant_id") + "\0" + row.getField(contract.key()));
    missing.forEach((id, found) -> partitions.get(id).duplicates = found.stream().filter(keys::contains).count());
  }

  /** Of the events at these places, counted from the first offset of the window; read from the topic. */
  private static List<String> keysAt(
      KafkaConsumer<byte[], byte[]> consumer, Contract contract, TopicPartition at, long first, BitSet places) {
    var keys = new ArrayList<String>();
    if (places.isEmpty()) return keys;
    long end = first + places.length();
    consumer.assign(List.of(at));
    consumer.seek(at, first + places.nextSetBit(0));
    while (consumer.position(at) < end)
      for (var record : consumer.poll(Duration.ofSeconds(5)).records(at))
        if (record.offset() < end && places.get(Math.toIntExact(record.offset() - first)))
          keys.add(key(record.value(), contract));
    return keys;
  }

  private static String key(byte[] value, Contract contract) {
    try {
      JsonNode event = Json.MAPPER.readTree(value);
      return event.path("tenant_id").asText() + "\0" + event.path(contract.key()).asText();
    } catch (Exception notJson) {
      return ""; // should be in quarantine, and is not: no row has this key
    }
  }

  private static KafkaConsumer<byte[], byte[]> consumer(JsonNode request) {
    Map<String, Object> settings =
        Map.of("bootstrap.servers", request.get("brokers").asText(), "enable.auto.commit", "false", "isolation.level", "read_committed");
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }
}

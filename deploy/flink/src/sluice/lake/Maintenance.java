package sluice.lake;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.util.StructLikeMap;

/** What a table needs from time to time; also while Flink writes to it. */
final class Maintenance {
  private Maintenance() {}

  static ObjectNode maintain(Table table, Contract contract, JsonNode request) throws Exception {
    ObjectNode answer = Json.object();
    long now = request.get("now").asLong();
    if (table == null || table.currentSnapshot() == null) {
      for (String figure : List.of("filesBefore", "filesAfter", "snapshotsDropped", "filesRemoved", "rowsRemoved"))
        answer.put(figure, 0);
      return answer;
    }
    answer.put("rowsRemoved", contract.retentionDays() == null ? 0 : removeOldRows(table, contract, now));
    answer.put("filesBefore", files(table));
    compact(table);
    answer.put("filesAfter", files(table));
    forgetOldErasures(table, now);
    long[] removed = {0};
    answer.put("snapshotsDropped", expire(table, now - request.get("keepSnapshotsMs").asLong(), removed));
    removed[0] += Orphans.remove(table, now - request.get("orphanAgeMs").asLong());
    answer.put("filesRemoved", removed[0]);
    return answer;
  }

  private static long files(Table table) throws Exception {
    table.refresh();
    long count = 0;
    try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
      for (FileScanTask ignored : tasks) count++;
    }
    return count;
  }

  /** Whole days, which are whole files. */
  private static long removeOldRows(Table table, Contract contract, long now) {
    Instant day = Instant.ofEpochMilli(now).truncatedTo(ChronoUnit.DAYS);
    String until = day.minus(contract.retentionDays(), ChronoUnit.DAYS).toString().replace("Z", "+00:00");
    table.newDelete().deleteFromRowFilter(Expressions.lessThan(contract.time(), until)).commit();
    String rows = table.currentSnapshot().summary().get("deleted-records");
    return rows == null ? 0 : Long.parseLong(rows);
  }

  /**
   * Makes of the files of a partition, which the stream wrote in the order of arrival, few that are sorted. Files are taken in groups that fit
   * into memory; a sorted file of at least three quarters of the target is left alone.
   */
  private static void compact(Table table) throws Exception {
    table.refresh();
    var files = new RowFiles(table);
    long groupBytes = Math.min(files.targetBytes(), Runtime.getRuntime().maxMemory() / 16);
    int sorted = table.sortOrder().orderId();
    for (Partition partition : partitions(table)) {
      List<FileScanTask> group = new ArrayList<>();
      long bytes = 0;
      for (FileScanTask task : partition.tasks) {
        DataFile file = task.file();
        boolean done = Integer.valueOf(sorted).equals(file.sortOrderId()) && task.deletes().isEmpty();
        if (done && file.fileSizeInBytes() >= files.targetBytes() * 3 / 4) continue;
        if (bytes > 0 && bytes + file.fileSizeInBytes() > groupBytes) {
          rewrite(table, files, partition, group);
          group = new ArrayList<>();
          bytes = 0;
        }
        group.add(task);
        bytes += file.fileSizeInBytes();
      }
      rewrite(table, files, partition, group);
    }
  }

  private static void rewrite(Table table, RowFiles files, Partition partition, List<FileScanTask> group) throws Exception {
    int sorted = table.sortOrder().orderId();
    boolean wanted = group.size() > 1;
    for (FileScanTask task : group)
      wanted |= !Integer.valueOf(sorted).equals(task.file().sortOrderId()) || !task.deletes().isEmpty();
    if (!wanted) return;
    var rows = new ArrayList<Record>();
    Set<DataFile> old = new HashSet<>();
    for (FileScanTask task : group) {
      old.add(task.file());
      try (CloseableIterable<Record> read = files.read(task)) {
        for (Record row : read) rows.add(row);
      }
    }
    rows.sort(order(table.sortOrder(), table));
    List<DataFile> written =
        files.write(partition.spec, group.get(0).file().partition(), table.sortOrder(), rows.iterator());
    files.replace(old, written); // where somebody was quicker, the next run looks again
  }

  private static Comparator<Record> order(SortOrder sort, Table table) {
    var names = sort.fields().stream().map(field -> table.schema().findColumnName(field.sourceId())).toList();
    Comparator<Record> order = Comparator.comparingInt(row -> 0);
    for (String name : names) order = order.thenComparing(row -> key(row, name), Comparator.nullsFirst(Comparator.naturalOrder()));
    return order;
  }

  @SuppressWarnings("unchecked")
  private static Comparable<Object> key(Record row, String name) {
    return (Comparable<Object>) row.getField(name);
  }

  private record Partition(PartitionSpec spec, List<FileScanTask> tasks) {}

  private static List<Partition> partitions(Table table) throws Exception {
    Map<Integer, StructLikeMap<Partition>> bySpec = new HashMap<>();
    var partitions = new ArrayList<Partition>();
    try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
      for (FileScanTask task : tasks) {
        var known = bySpec.computeIfAbsent(task.spec().specId(), id -> StructLikeMap.create(task.spec().partitionType()));
        Partition partition = known.get(task.file().partition());
        if (partition == null) {
          partition = new Partition(task.spec(), new ArrayList<>());
          known.put(task.file().partition(), partition);
          partitions.add(partition);
        }
        partition.tasks.add(task);
      }
    }
    return partitions;
  }

  /** Drops snapshots older than `until`, but never the newest that Flink committed nor one after it. */
  static long expire(Table table, long until, long[] removed) {
    table.refresh();
    Snapshot marked = Marks.newest(table);
    long last = marked == null ? until : Math.min(until, marked.timestampMillis());
    return drop(table, last, removed);
  }

  static long drop(Table table, long until, long[] removed) {
    long before = count(table);
    var deleted = Collections.synchronizedList(new ArrayList<String>());
    table
        .expireSnapshots()
        .expireOlderThan(until)
        .retainLast(1)
        .deleteWith(
            file -> {
              table.io().deleteFile(file);
              deleted.add(file);
            })
        .commit();
    table.refresh();
    removed[0] += deleted.size();
    return before - count(table);
  }

  private static long count(Table table) {
    long count = 0;
    for (Snapshot ignored : table.snapshots()) count++;
    return count;
  }

  /** By then no topic holds what was erased: reconciliation has no use for it. */
  private static void forgetOldErasures(Table table, long now) {
    String oldest = Erasure.PROPERTY + Instant.ofEpochMilli(now).minus(40, ChronoUnit.DAYS).toString().substring(0, 10);
    var old = table.properties().keySet().stream()
        .filter(name -> name.startsWith(Erasure.PROPERTY) && name.compareTo(oldest) < 0)
        .toList();
    if (old.isEmpty()) return;
    var update = table.updateProperties();
    old.forEach(update::remove);
    update.commit();
  }
}

package sluice.lake;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.InternalRecordWrapper;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.expressions.Evaluator;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;

/** Takes somebody's rows, or their name in rows that stay, out of every file of a table. */
final class Erasure {
  /** Followed by the day: which offsets were erased then, so that reconciliation does not miss them. */
  static final String PROPERTY = "sluice.erased.";

  private Erasure() {}

  static ObjectNode erase(Table table, Contract contract, JsonNode request) throws Exception {
    boolean deletes = contract.erase().equals("delete");
    long rows = 0;
    long rewrittenFiles = 0;
    long rewrittenBytes = 0;
    if (table != null && table.currentSnapshot() != null && !contract.erase().equals("keep")) {
      Expression who = who(contract, request);
      Map<Integer, TreeSet<Long>> offsets = new TreeMap<>();
      for (boolean again = true; again; ) {
        Pass pass = pass(table, who, deletes);
        if (pass == null) continue; // a file was replaced under our hands: look again
        rows += pass.rows;
        rewrittenFiles += pass.files;
        rewrittenBytes += pass.bytes;
        pass.offsets.forEach((partition, found) -> offsets.computeIfAbsent(partition, p -> new TreeSet<>()).addAll(found));
        again = pass.files > 0; // what was committed meanwhile
      }
      if (deletes && !offsets.isEmpty()) remember(table, offsets, request.get("now").asLong());
      forgetHistory(table);
    }
    return Json.object()
        .put("rowsRemoved", deletes ? rows : 0)
        .put("rowsChanged", deletes ? 0 : rows)
        .put("filesRewritten", rewrittenFiles)
        .put("bytesRewritten", rewrittenBytes);
  }

  private static Expression who(Contract contract, JsonNode request) {
    JsonNode subject = request.get("subject");
    Expression tenant = Expressions.equal("tenant_id", subject.get("tenantId").asText());
    String user = Json.textOrNull(subject, "userId");
    boolean deletes = contract.erase().equals("delete");
    if (user == null)
      return deletes ? tenant : Expressions.and(tenant, Expressions.notNull("user_id"));
    List<String> keys = Json.texts(subject.get("keyIds"));
    var names = new ArrayList<>(List.of(user));
    if (deletes) {
      names.addAll(keys); // a key that is nobody's stands where the person would
      return Expressions.and(tenant, Expressions.in("user_id", names.toArray()));
    }
    Expression person = Expressions.equal("user_id", user);
    if (keys.isEmpty()) return Expressions.and(tenant, person);
    Expression byKey = Expressions.and(Expressions.in("key_id", keys.toArray()), Expressions.notNull("user_id"));
    return Expressions.and(tenant, Expressions.or(person, byKey));
  }

  private static final class Pass {
    long rows;
    long files;
    long bytes;
    final Map<Integer, TreeSet<Long>> offsets = new TreeMap<>();
  }

  /** One look over all files that may have such rows; null when it has to be repeated. */
  private static Pass pass(Table table, Expression who, boolean deletes) throws Exception {
    table.refresh();
    var files = new RowFiles(table);
    var pass = new Pass();
    Set<DataFile> old = new HashSet<>();
    List<DataFile> written = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks = table.newScan().filter(who).planFiles()) {
      for (FileScanTask task : tasks) {
        List<Record> kept = sift(table, files, task, who, deletes, pass);
        if (kept == null) continue;
        DataFile file = task.file();
        old.add(file);
        pass.files++;
        pass.bytes += file.fileSizeInBytes();
        Integer order = file.sortOrderId();
        SortOrder sort = order == null ? SortOrder.unsorted() : table.sortOrders().getOrDefault(order, SortOrder.unsorted());
        written.addAll(files.write(task.spec(), file.partition(), sort, kept.iterator()));
      }
    }
    return old.isEmpty() || files.replace(old, written) ? pass : null;
  }

  /** The rows that the file is to have; null when it can stay. */
  private static List<Record> sift(
      Table table, RowFiles files, FileScanTask task, Expression who, boolean deletes, Pass pass) throws Exception {
    var theirs = new Evaluator(table.schema().asStruct(), who);
    var wrapper = new InternalRecordWrapper(table.schema().asStruct());
    List<Record> kept = new ArrayList<>();
    long found = 0;
    try (CloseableIterable<Record> rows = files.read(task)) {
      for (Record row : rows) {
        if (!theirs.eval(wrapper.wrap(row))) {
          kept.add(row);
          continue;
        }
        found++;
        if (deletes) {
          pass.offsets
              .computeIfAbsent((Integer) row.getField("kafka_partition"), p -> new TreeSet<>())
              .add((Long) row.getField("kafka_offset"));
        } else {
          row.setField("user_id", null);
          // That of a session has the person's id in it (`keyIdWithoutPerson` of the contracts).
          if (String.valueOf(row.getField("key_id")).startsWith("session-")) row.setField("key_id", "session");
          kept.add(row);
        }
      }
    }
    pass.rows += found;
    return found > 0 ? kept : null;
  }

  private static void remember(Table table, Map<Integer, TreeSet<Long>> offsets, long now) {
    String name = PROPERTY + Instant.ofEpochMilli(now).toString().substring(0, 10);
    String before = table.properties().get(name);
    Offsets.of(before).forEach((partition, known) -> offsets.computeIfAbsent(partition, p -> new TreeSet<>()).addAll(known));
    table.updateProperties().set(name, Offsets.toText(offsets)).commit();
  }

  /** Old snapshots have the files, and manifests the bounds of columns: afterwards there is one snapshot, with manifests made anew. */
  private static void forgetHistory(Table table) {
    table.rewriteManifests().clusterBy(file -> "").commit();
    Marks.carryOn(table);
    Maintenance.drop(table, System.currentTimeMillis() + 1, new long[1]);
  }
}

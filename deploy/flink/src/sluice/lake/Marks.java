package sluice.lake;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.expressions.Expressions;

/**
 * By these members of a snapshot's summary Flink knows after a restore what it has committed already. A history without them would have it
 * commit again, so the newest that has them is never dropped, unless a newer snapshot carries them on.
 */
final class Marks {
  private static final String JOB = "flink.job-id";
  private static final List<String> ALL = List.of(JOB, "flink.operator-id", "flink.max-committed-checkpoint-id");

  private Marks() {}

  /** The newest snapshot that has them; null where Flink has never committed. */
  static Snapshot newest(Table table) {
    Snapshot snapshot = table.currentSnapshot();
    while (snapshot != null && !snapshot.summary().containsKey(JOB)) {
      Long parent = snapshot.parentId();
      snapshot = parent == null ? null : table.snapshot(parent);
    }
    return snapshot;
  }

  /** Afterwards the current snapshot has them, so that all others can go. A commit of Flink in between is seen and comes first. */
  static void carryOn(Table table) {
    for (int attempt = 0; attempt < 20; attempt++) {
      table.refresh();
      Snapshot marked = newest(table);
      if (marked == null || marked.snapshotId() == table.currentSnapshot().snapshotId()) return;
      Map<String, String> marks = new TreeMap<>(marked.summary());
      marks.keySet().retainAll(ALL);
      var update =
          table
              .newOverwrite()
              .validateFromSnapshot(table.currentSnapshot().snapshotId())
              .conflictDetectionFilter(Expressions.alwaysTrue())
              .validateNoConflictingData();
      marks.forEach(update::set);
      try {
        update.commit();
      } catch (ValidationException flinkCommitted) {
        // then its marks are the newest
      }
    }
    throw new IllegalStateException("the table changes faster than it can be marked");
  }
}

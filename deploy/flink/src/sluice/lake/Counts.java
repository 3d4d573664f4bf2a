package sluice.lake;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.parquet.Parquet;

final class Counts {
  private Counts() {}

  /** Whether there is a table, and rows in it. */
  static ObjectNode state(Table table) {
    ObjectNode answer = Json.object().put("exists", table != null);
    boolean written = table != null && table.currentSnapshot() != null;
    String rows = written ? table.currentSnapshot().summary().get("total-records") : null;
    return answer.put("rows", rows == null ? 0 : Long.parseLong(rows));
  }

  static ObjectNode count(Table table, Contract contract, JsonNode request) throws Exception {
    long rows = 0;
    Set<String> distinct = new HashSet<>();
    if (table != null && table.currentSnapshot() != null) {
      var period =
          Expressions.and(
              Expressions.greaterThanOrEqual(contract.time(), time(request.get("from"))),
              Expressions.lessThan(contract.time(), time(request.get("to"))));
      try (CloseableIterable<Record> found =
          IcebergGenerics.read(table).where(period).select("tenant_id", contract.key()).build()) {
        for (Record row : found) {
          rows++;
          distinct.add(row.getField("tenant_id") + "\0" + row.getField(contract.key()));
        }
      }
    }
    return Json.object().put("rows", rows).put("distinct", distinct.size());
  }

  /** How long after its time each row of the snapshots since then could be read, ms, in order. */
  static ArrayNode delays(Table table, Contract contract, long since) throws Exception {
    var delays = new ArrayList<Long>();
    Schema time = table.schema().select(contract.time());
    for (Snapshot snapshot : table.snapshots()) {
      if (snapshot.timestampMillis() < since) continue;
      for (DataFile file : snapshot.addedDataFiles(table.io()))
        try (CloseableIterable<Record> rows =
            Parquet.read(table.io().newInputFile(file.location()))
                .project(time)
                .createReaderFunc(schema -> GenericParquetReaders.buildReader(time, schema))
                .build()) {
          for (Record row : rows) {
            long at = ((OffsetDateTime) row.get(0)).toInstant().toEpochMilli();
            if (at >= since) delays.add(snapshot.timestampMillis() - at);
          }
        }
    }
    Collections.sort(delays);
    ArrayNode answer = Json.MAPPER.createArrayNode();
    delays.forEach(answer::add);
    return answer;
  }

  private static String time(JsonNode ms) {
    return Instant.ofEpochMilli(ms.asLong()).toString().replace("Z", "+00:00");
  }
}

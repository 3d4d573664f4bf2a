package sluice.lake;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.shaded.org.apache.avro.file.DataFileStream;
import org.apache.iceberg.shaded.org.apache.avro.generic.GenericDatumReader;

/**
 * Which files under a table's folder hold a text, whether or not the table still refers to them: rows and manifests decoded, since compressed
 * bytes cannot be searched, and every file's own bytes, where statistics stand.
 */
final class Search {
  private Search() {}

  static ObjectNode search(Table table, String text) throws Exception {
    ObjectNode answer = Json.object();
    ArrayNode found = answer.putArray("files");
    int searched = 0;
    if (table != null && table.io() instanceof SupportsPrefixOperations files)
      for (FileInfo file : files.listPrefix(table.location())) {
        searched++;
        if (holds(table, file.location(), text)) found.add(file.location());
      }
    return answer.put("searched", searched);
  }

  private static boolean holds(Table table, String location, String text) throws Exception {
    InputFile file = table.io().newInputFile(location);
    byte[] bytes;
    try (InputStream stream = file.newStream()) {
      bytes = stream.readAllBytes();
    }
    if (contains(bytes, text)) return true;
    if (location.endsWith(".parquet")) return inRows(table, file, text);
    if (location.endsWith(".avro")) return inManifest(bytes, text);
    if (location.contains(".gz.")) return contains(new GZIPInputStream(new java.io.ByteArrayInputStream(bytes)).readAllBytes(), text);
    return false;
  }

  private static boolean inRows(Table table, InputFile file, String text) throws Exception {
    try (CloseableIterable<Record> rows =
        Parquet.read(file)
            .project(table.schema())
            .createReaderFunc(schema -> GenericParquetReaders.buildReader(table.schema(), schema))
            .build()) {
      for (Record row : rows) if (row.toString().contains(text)) return true;
    }
    return false;
  }

  private static boolean inManifest(byte[] bytes, String text) throws Exception {
    var decoded = new ByteArrayOutputStream();
    try (var entries =
        new DataFileStream<Object>(new java.io.ByteArrayInputStream(bytes), new GenericDatumReader<>())) {
      for (Object entry : entries) decoded.write(entry.toString().getBytes(StandardCharsets.UTF_8));
    }
    return contains(decoded.toByteArray(), text);
  }

  private static boolean contains(byte[] bytes, String text) {
    String latin = new String(bytes, StandardCharsets.ISO_8859_1);
    return latin.contains(new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
  }
}

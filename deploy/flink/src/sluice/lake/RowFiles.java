package sluice.lake;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.data.GenericDeleteFilter;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.encryption.EncryptedOutputFile;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.io.OutputFileFactory;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.util.PropertyUtil;

/** Rows of data files, read and written whole. */
final class RowFiles {
  private final Table table;
  private final OutputFileFactory names;
  private final long targetBytes;
  private final long base;

  /** Of the table as it is now. */
  RowFiles(Table table) {
    this.table = table;
    this.base = table.currentSnapshot().snapshotId();
    this.names = OutputFileFactory.builderFor(table, 0, System.nanoTime()).format(FileFormat.PARQUET).build();
    this.targetBytes =
        PropertyUtil.propertyAsLong(
            table.properties(),
            TableProperties.WRITE_TARGET_FILE_SIZE_BYTES,
            TableProperties.WRITE_TARGET_FILE_SIZE_BYTES_DEFAULT);
  }

  long targetBytes() {
    return targetBytes;
  }

  /** Without the rows that a delete file names: other engines may have written some. */
  CloseableIterable<Record> read(FileScanTask task) {
    Schema schema = table.schema();
    if (task.deletes().isEmpty()) return open(task, schema);
    var deletes = new GenericDeleteFilter(table.io(), task, schema, schema);
    return deletes.filter(open(task, deletes.requiredSchema()));
  }

  private CloseableIterable<Record> open(FileScanTask task, Schema schema) {
    return Parquet.read(table.io().newInputFile(task.file().location()))
        .project(schema)
        .createReaderFunc(file -> GenericParquetReaders.buildReader(schema, file))
        .build();
  }

  /** Of one partition; several files where one would be larger than the table wants. */
  List<DataFile> write(PartitionSpec spec, StructLike partition, SortOrder order, Iterator<Record> rows) {
    var files = new ArrayList<DataFile>();
    try {
      while (rows.hasNext()) {
        EncryptedOutputFile output = names.newOutputFile(spec, partition);
        DataWriter<Record> writer =
            Parquet.writeData(output.encryptingOutputFile())
                .forTable(table)
                .withSpec(spec)
                .withPartition(partition)
                .withSortOrder(order)
                .createWriterFunc(GenericParquetWriter::create)
                .build();
        try (writer) {
          while (rows.hasNext() && writer.length() < targetBytes) writer.write(rows.next());
        }
        files.add(writer.toDataFile());
      }
      return files;
    } catch (IOException | RuntimeException failure) {
      remove(files);
      throw failure instanceof RuntimeException runtime ? runtime : new UncheckedIOException((IOException) failure);
    }
  }

  /** False, and nothing is changed, when somebody else replaced one of these files meanwhile. */
  boolean replace(Set<DataFile> old, List<DataFile> files) {
    try {
      table.newRewrite().validateFromSnapshot(base).rewriteFiles(old, new HashSet<>(files)).commit();
      return true;
    } catch (ValidationException | CommitFailedException conflict) {
      remove(files);
      return false;
    }
  }

  private void remove(List<DataFile> files) {
    for (DataFile file : files) table.io().deleteFile(file.location());
  }
}

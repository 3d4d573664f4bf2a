package sluice.lake;

import java.net.URI;
import java.util.HashSet;
import java.util.Set;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ReachableFileUtil;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.SupportsPrefixOperations;

/** Files under a table's folder that nothing refers to: left by writers that ended between writing and committing. */
final class Orphans {
  private Orphans() {}

  /** Younger ones may be about to be committed. */
  static long remove(Table table, long olderThan) throws Exception {
    if (!(table.io() instanceof SupportsPrefixOperations files)) return 0;
    Set<String> referred = referred(table);
    long removed = 0;
    for (FileInfo file : files.listPrefix(table.location())) {
      if (file.createdAtMillis() >= olderThan || referred.contains(path(file.location()))) continue;
      table.io().deleteFile(file.location());
      removed++;
    }
    return removed;
  }

  private static Set<String> referred(Table table) throws Exception {
    table.refresh();
    Set<String> paths = new HashSet<>();
    Set<String> manifests = new HashSet<>();
    ReachableFileUtil.metadataFileLocations(table, true).forEach(file -> paths.add(path(file)));
    ReachableFileUtil.manifestListLocations(table).forEach(file -> paths.add(path(file)));
    ReachableFileUtil.statisticsFilesLocations(table).forEach(file -> paths.add(path(file)));
    paths.add(path(ReachableFileUtil.versionHintLocation(table)));
    for (Snapshot snapshot : table.snapshots())
      for (ManifestFile manifest : snapshot.allManifests(table.io())) {
        if (!manifests.add(manifest.path())) continue;
        paths.add(path(manifest.path()));
        try (CloseableIterable<String> data = ManifestFiles.readPaths(manifest, table.io())) {
          data.forEach(file -> paths.add(path(file)));
        }
      }
    return paths;
  }

  /** `file:/a`, `file:///a` and `/a` are one file. */
  private static String path(String location) {
    URI uri = URI.create(location.replace(" ", "%20"));
    String host = uri.getAuthority();
    return (host == null ? "" : host) + uri.getPath();
  }
}

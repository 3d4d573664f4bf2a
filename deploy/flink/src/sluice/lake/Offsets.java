package sluice.lake;

import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** Sets of offsets as short text: {@code 0:1-5,7;3:12}. */
final class Offsets {
  private Offsets() {}

  static Map<Integer, TreeSet<Long>> of(String text) {
    Map<Integer, TreeSet<Long>> offsets = new TreeMap<>();
    if (text == null || text.isEmpty()) return offsets;
    for (String part : text.split(";")) {
      String[] pair = part.split(":");
      var known = offsets.computeIfAbsent(Integer.valueOf(pair[0]), p -> new TreeSet<>());
      for (String range : pair[1].split(",")) {
        String[] ends = range.split("-");
        for (long o = Long.parseLong(ends[0]); o <= Long.parseLong(ends[ends.length - 1]); o++) known.add(o);
      }
    }
    return offsets;
  }

  static String toText(Map<Integer, TreeSet<Long>> offsets) {
    var text = new StringBuilder();
    offsets.forEach(
        (partition, known) -> {
          text.append(text.isEmpty() ? "" : ";").append(partition).append(':');
          Long from = null;
          Long to = null;
          boolean first = true;
          for (Long offset : known) {
            if (to != null && offset == to + 1) {
              to = offset;
              continue;
            }
            if (from != null) {
              text.append(first ? "" : ",").append(range(from, to));
              first = false;
            }
            from = offset;
            to = offset;
          }
          if (from != null) text.append(first ? "" : ",").append(range(from, to));
        });
    return text.toString();
  }

  private static String range(long from, long to) {
    return from == to ? Long.toString(from) : from + "-" + to;
  }
}

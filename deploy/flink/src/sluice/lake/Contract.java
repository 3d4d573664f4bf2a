package sluice.lake;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.PartitionSpecParser;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SchemaParser;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;

/** A table as its contract wants it; made from the JSON that packages/lake-flink writes. */
record Contract(
    TableIdentifier id,
    Schema schema,
    PartitionSpec partition,
    List<String> sort,
    Map<String, String> properties,
    String key,
    String time,
    String erase,
    Integer retentionDays) {

  static Contract of(JsonNode json) {
    Schema schema = SchemaParser.fromJson(json.get("schema").toString());
    var properties = new TreeMap<String, String>();
    json.get("properties").fields().forEachRemaining(p -> properties.put(p.getKey(), p.getValue().asText()));
    JsonNode days = json.get("retentionDays");
    return new Contract(
        TableIdentifier.of(Namespace.of(json.get("namespace").asText()), json.get("name").asText()),
        schema,
        PartitionSpecParser.fromJson(schema, json.get("partition").toString()),
        Json.texts(json.get("sort")),
        properties,
        json.get("key").asText(),
        json.get("time").asText(),
        json.get("erase").asText(),
        days.isNull() ? null : days.asInt());
  }
}

package sluice.lake;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;

/**
 * Handles the tables of an Iceberg catalogue: one JSON request a line on standard input, one JSON answer a line on standard output, until the
 * input ends. The first request opens the catalogue; its secrets come that way too, and stand in no argument.
 */
public final class LakeAdmin {
  private Catalog catalogue;

  public static void main(String[] args) throws Exception {
    PrintStream answers = System.out;
    System.setOut(System.err); // libraries write there what they like
    var admin = new LakeAdmin();
    var requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = requests.readLine()) != null; ) {
      ObjectNode answer = Json.object();
      try {
        answer.set("result", admin.answer(Json.MAPPER.readTree(line)));
      } catch (Refused refused) {
        answer.put("refused", refused.getMessage());
      } catch (Exception failure) {
        failure.printStackTrace();
        answer.put("failed", failure.toString());
      }
      answers.println(answer);
      answers.flush();
    }
    if (admin.catalogue instanceof Closeable closeable) closeable.close();
    System.exit(0);
  }

  private JsonNode answer(JsonNode request) throws Exception {
    return switch (request.get("op").asText()) {
      case "open" -> open(request);
      case "apply" -> each(request, contract -> Evolution.apply(catalogue, contract));
      case "state" -> each(request, contract -> Counts.state(load(contract)));
      case "count" -> Counts.count(load(one(request)), one(request), request);
      case "delays" -> Counts.delays(load(one(request)), one(request), request.get("since").asLong());
      case "progress" -> Progress.of(load(one(request)), load(Contract.of(request.get("quarantine"))), one(request), request);
      case "maintain" -> each(request, contract -> Maintenance.maintain(load(contract), contract, request));
      case "search" -> each(request, contract -> Search.search(load(contract), request.get("text").asText()));
      case "erase" -> each(request, contract -> Erasure.erase(load(contract), contract, request));
      default -> throw new Refused("no such operation: " + request.get("op"));
    };
  }

  private JsonNode open(JsonNode request) {
    Map<String, String> properties = new HashMap<>();
    request.get("catalogue").fields().forEachRemaining(p -> properties.put(p.getKey(), p.getValue().asText()));
    catalogue = CatalogUtil.buildIcebergCatalog("lake", properties, new Configuration());
    return Json.object();
  }

  private static Contract one(JsonNode request) {
    return Contract.of(request.get("table"));
  }

  /** Null where it is not there. */
  private Table load(Contract contract) {
    return catalogue.tableExists(contract.id()) ? catalogue.loadTable(contract.id()) : null;
  }

  private interface Operation {
    ObjectNode on(Contract contract) throws Exception;
  }

  private static ArrayNode each(JsonNode request, Operation operation) throws Exception {
    List<Contract> contracts = new ArrayList<>();
    for (JsonNode table : request.get("tables")) contracts.add(Contract.of(table));
    ArrayNode answers = Json.MAPPER.createArrayNode();
    for (Contract contract : contracts)
      answers.add(operation.on(contract).put("table", contract.id().name()));
    return answers;
  }

  /** What was asked for must not be done. */
  static final class Refused extends RuntimeException {
    Refused(String message) {
      super(message);
    }
  }
}

package sluice.lake;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ObjectNode;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.types.Types.NestedField;
import sluice.lake.LakeAdmin.Refused;

/** Creates what is missing and adds columns; everything that could lose something is refused before anything is changed. */
final class Evolution {
  private Evolution() {}

  static ObjectNode apply(Catalog catalogue, Contract contract) {
    if (!catalogue.tableExists(contract.id())) {
      create(catalogue, contract);
      ObjectNode created = Json.object().put("created", true);
      created.putArray("addedColumns");
      return created;
    }
    Table table = catalogue.loadTable(contract.id());
    List<NestedField> missing = missing(table, contract);
    if (!missing.isEmpty()) {
      var update = table.updateSchema();
      for (NestedField column : missing) update.addColumn(column.name(), column.type(), column.doc());
      update.commit();
    }
    var unset = new ArrayList<>(contract.properties().keySet());
    unset.removeAll(table.properties().keySet());
    unset.remove("format-version"); // of the table itself; never shown among its properties
    if (!unset.isEmpty()) {
      var update = table.updateProperties();
      for (String name : unset) update.set(name, contract.properties().get(name));
      update.commit();
    }
    ObjectNode answer = Json.object().put("created", false);
    ArrayNode added = answer.putArray("addedColumns");
    for (NestedField column : missing) added.add(column.name());
    return answer;
  }

  private static void create(Catalog catalogue, Contract contract) {
    if (catalogue instanceof SupportsNamespaces namespaces
        && !namespaces.namespaceExists(contract.id().namespace())) {
      try {
        namespaces.createNamespace(contract.id().namespace());
      } catch (AlreadyExistsException somebodyElseDid) {
        // what was wanted
      }
    }
    var order = SortOrder.builderFor(contract.schema());
    for (String column : contract.sort()) order.asc(column);
    catalogue
        .buildTable(contract.id(), contract.schema())
        .withPartitionSpec(contract.partition())
        .withSortOrder(order.build())
        .withProperties(contract.properties())
        .create();
  }

  private static List<NestedField> missing(Table table, Contract contract) {
    var missing = new ArrayList<NestedField>();
    var problems = new ArrayList<String>();
    int nextId = table.schema().highestFieldId();
    for (NestedField wanted : contract.schema().columns()) {
      NestedField there = table.schema().findField(wanted.name());
      if (there == null) {
        missing.add(wanted);
        nextId++;
        if (wanted.isRequired()) problems.add(wanted.name() + " would be required, and older rows have none");
        if (wanted.fieldId() != nextId)
          problems.add("%s has id %d in its contract and would get %d".formatted(wanted.name(), wanted.fieldId(), nextId));
        continue;
      }
      if (there.fieldId() != wanted.fieldId())
        problems.add("%s has id %d, its contract says %d".formatted(wanted.name(), there.fieldId(), wanted.fieldId()));
      if (!Objects.equals(there.type(), wanted.type()))
        problems.add("%s is %s, its contract says %s".formatted(wanted.name(), there.type(), wanted.type()));
      if (there.isRequired() != wanted.isRequired())
        problems.add("%s is %s, its contract says otherwise".formatted(wanted.name(), there.isRequired() ? "required" : "optional"));
    }
    if (!table.spec().compatibleWith(contract.partition()))
      problems.add("its partitions are " + table.spec().fields());
    if (!problems.isEmpty())
      throw new Refused(contract.id() + " is left as it is: " + String.join("; ", problems));
    return missing;
  }
}

"""Opens every table of a lake in a folder with PyIceberg and DuckDB; prints what they see as JSON. argv: folder of the lake."""

import json
import sys
from pathlib import Path

import duckdb
import pyarrow.parquet as parquet
from pyiceberg.table import StaticTable

seen = {}
for folder in sorted((Path(sys.argv[1]) / "gateway").iterdir()):
    version = (folder / "metadata" / "version-hint.text").read_text()
    table = StaticTable.from_metadata(str(folder / "metadata" / f"v{version}.metadata.json"))
    rows = table.scan().to_arrow()
    files = [task.file.file_path for task in table.scan().plan_files()]
    footers = [parquet.ParquetFile(path).metadata for path in files]
    chunks = [
        footer.row_group(group).column(column)
        for footer in footers
        for group in range(footer.num_row_groups)
        for column in range(footer.num_columns)
    ]
    bounded = {
        table.schema().find_field(field).name
        for bounds in table.inspect.files()["lower_bounds"].to_pylist()
        for field, _ in bounds or []
    }
    first = rows.schema.names[0]
    in_duckdb = duckdb.sql(f"select count(*), count(distinct {first}) from read_parquet({files})") if files else None
    described = duckdb.sql(f"describe select * from read_parquet({files})") if files else None
    seen[folder.name] = {
        "columns": [[f.field_id, f.name, str(f.field_type), f.required] for f in table.schema().fields],
        "partition": [[f.field_id, f.name, str(f.transform)] for f in table.spec().fields],
        "sort": [table.schema().find_field(f.source_id).name for f in table.sort_order().fields],
        "rows": rows.num_rows,
        "duckdb": list(in_duckdb.fetchall()[0]) if in_duckdb else None,
        "duckdb_types": {row[0]: row[1] for row in described.fetchall()} if described else None,
        "codecs": sorted({chunk.compression for chunk in chunks}),
        "bounds_in_footers": sorted({c.path_in_schema for c in chunks if c.statistics and c.statistics.has_min_max}),
        "bounds_in_manifests": sorted(bounded),
        "properties": dict(table.properties),
        "snapshots": len(table.snapshots()),
        "pruned": len(list(table.scan(row_filter="tenant_id = 'nobody'").plan_files()))
        if "tenant_id" in rows.schema.names
        else None,
    }
print(json.dumps(seen))

"""Runs SQL over the tables of the lake, with DuckDB. What is read is planned by PyIceberg, so no extension of DuckDB is needed.

python3 query.py --lake LAKE_DIR recipes/01-spend-per-day.sql          the lake in a folder
python3 query.py FILE --catalog type=rest uri=https://… warehouse=…    a catalogue, with the properties that PyIceberg takes
python3 query.py FILE --catalog type=sql uri=postgresql+psycopg2://… warehouse=file:///…    a JDBC catalogue (pip install sqlalchemy psycopg2-binary)
python3 query.py --lake LAKE_DIR -c 'SELECT count(*) FROM gateway.usage'
--json prints JSON lines instead of a table; what several files give is parted by an empty line.
"""
import argparse
import json
import pathlib
import sys

import duckdb
from pyiceberg.catalog import load_catalog
from pyiceberg.table import StaticTable

HERE = pathlib.Path(__file__).parent
TABLES = {table["name"]: table["columns"] for table in json.loads((HERE / "tables.json").read_text())}
TYPES = {"string": "VARCHAR", "int": "INTEGER", "long": "BIGINT", "boolean": "BOOLEAN", "timestamptz": "TIMESTAMPTZ", "binary": "BLOB"}


def opened_from(arguments):
    """Tables by name, as far as they are there: one is made when the first row is written."""
    if arguments.catalog:
        catalog = load_catalog("lake", **dict(pair.split("=", 1) for pair in arguments.catalog))
        there = {name for _, name in catalog.list_tables("gateway")}
        return {name: catalog.load_table(f"gateway.{name}") for name in TABLES if name in there}
    tables = {}
    for name in TABLES:
        metadata = pathlib.Path(arguments.lake) / "gateway" / name / "metadata"
        if (metadata / "version-hint.text").exists():
            version = (metadata / "version-hint.text").read_text().strip()
            tables[name] = StaticTable.from_metadata(str(metadata / f"v{version}.metadata.json"))
    return tables


def add_table(connection, name, table):
    """A view over the files that the table consists of now. Those of an older schema lack columns, and are read with nulls."""
    columns = ", ".join(f'NULL::{TYPES[column["type"]]} AS "{column["name"]}"' for column in TABLES[name])
    source = f"SELECT {columns} WHERE false"
    tasks = table.scan().plan_files() if table else []
    files = [task.file.file_path.removeprefix("file://").removeprefix("file:") for task in tasks]
    if files:
        source += f" UNION ALL BY NAME SELECT * FROM read_parquet({files}, union_by_name = true, hive_partitioning = false)"
    connection.execute(f"CREATE VIEW gateway.{name} AS {source}")


def show(result, as_json):
    names = [column[0] for column in result.description]
    rows = result.fetchall()
    if as_json:
        for row in rows:
            print(json.dumps(dict(zip(names, row)), default=str))
        return
    cells = [names, *([str(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells)]
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", default="data/lake")
    parser.add_argument("--catalog", nargs="+", metavar="KEY=VALUE")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("-c", metavar="SQL")
    parser.add_argument("file", nargs="*")
    arguments = parser.parse_args()

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("CREATE SCHEMA gateway")
    tables = opened_from(arguments)
    for name in TABLES:
        add_table(connection, name, tables.get(name))
    connection.execute((HERE / "recipes" / "views.sql").read_text())

    queries = [pathlib.Path(file).read_text() for file in arguments.file]
    for place, query in enumerate([*queries, *([arguments.c] if arguments.c else [])]):
        if place > 0:
            print()
        show(connection.execute(query), arguments.json)


if __name__ == "__main__":
    sys.exit(main())

"""Prints the rows of an Iceberg table, named by its metadata file, as JSON."""
import base64
import datetime
import json
import sys

from pyiceberg.table import StaticTable


def plain(value):
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        return int(value.timestamp() * 1000)
    raise TypeError(type(value))


table = StaticTable.from_metadata(sys.argv[1])
print(json.dumps(table.scan().to_arrow().to_pylist(), default=plain))

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


def exact(value):
    # JavaScript reads numbers as doubles.
    return str(value) if isinstance(value, int) and abs(value) > 2**53 else value


rows = StaticTable.from_metadata(sys.argv[1]).scan().to_arrow().to_pylist()
print(json.dumps([{k: exact(v) for k, v in row.items()} for row in rows], default=plain))

"""Runs one-line cells with nbclient, one for each line of input, and prints how long each took in milliseconds."""

import sys
import time

import nbformat
from nbclient import NotebookClient

cell = nbformat.v4.new_code_cell("1 + 1")
client = NotebookClient(nbformat.v4.new_notebook(cells=[cell]), kernel_name="python3")
with client.setup_kernel():
    client.execute_cell(cell, 0)
    print("ready", flush=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        client.execute_cell(cell, 0)
        print((time.perf_counter() - started) * 1000, flush=True)

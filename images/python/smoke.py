"""Shows that the image keeps its promises, in the place where programs run: no network, nothing to write to but two directories."""

import io
import os
import pathlib
import sys
import tempfile
import warnings

warnings.simplefilter("error")

import matplotlib
import matplotlib.font_manager
import matplotlib.pyplot as plt
import numpy as np
import openpyxl
import pandas as pd
import requests
import scipy.optimize
import yaml

assert sys.version_info >= (3, 13), sys.version
assert (os.getuid(), os.getgid()) == (10001, 10001)
assert sys.stdout.encoding == "utf-8"
assert matplotlib.get_backend().lower() == "agg"
assert not list(pathlib.Path(matplotlib.get_cachedir()).glob("fontlist*")), "matplotlib searched for fonts"

assert np.linalg.det(np.array([[2.0, 1.0], [1.0, 3.0]])).round() == 5
assert abs(scipy.optimize.brentq(lambda x: x * x - 2, 0, 2) - 2**0.5) < 1e-9
frame = pd.DataFrame({"name": ["a", "b", "a"], "value": [1, 2, 3]})
assert frame.groupby("name")["value"].sum().to_dict() == {"a": 4, "b": 2}

with tempfile.TemporaryDirectory() as directory:
    sheet = os.path.join(directory, "sheet.xlsx")
    frame.to_excel(sheet, index=False)
    assert openpyxl.load_workbook(sheet).active["B4"].value == 3
    assert pd.read_excel(sheet).equals(frame)

figure, axes = plt.subplots()
axes.plot(np.linspace(0, 1), np.sqrt(np.linspace(0, 1)))
axes.set_title("√x ≥ 0")
image = io.BytesIO()
figure.savefig(image, format="png")
assert image.getvalue().startswith(b"\x89PNG")
assert "DejaVu Sans" in {font.name for font in matplotlib.font_manager.fontManager.ttflist}

assert yaml.safe_load("a: [1, 2]") == {"a": [1, 2]}
assert requests.Request("GET", "https://example.org", params={"q": "é"}).prepare().url == "https://example.org/?q=%C3%A9"

pathlib.Path("/workspace/file").write_text("here")
print("ok")

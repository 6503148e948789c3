"""Runs while the image is built: gives matplotlib a list of the fonts, so that no program has to search for them.

matplotlib keeps the list in a directory that it must be able to write to. In a container that is an empty one, so the
list lies elsewhere and matplotlib is told to look there, too.
"""

from pathlib import Path

import matplotlib.font_manager as font_manager

FONT_LIST = Path("/usr/local/share/polyrun/matplotlib-fonts.json")
LOOKS_IN_CACHE = "            fm = json_load(fm_path)\n"
LOOKS_HERE_FIRST = f"            fm = json_load(fm_path if fm_path.exists() else {str(FONT_LIST)!r})\n"

FONT_LIST.parent.mkdir(parents=True)
font_manager.json_dump(font_manager.FontManager(), FONT_LIST)

source = Path(font_manager.__file__)
text = source.read_text()
if text.count(LOOKS_IN_CACHE) != 1:
    raise SystemExit(f"{source} does not read its list of fonts where this script expects it; correct LOOKS_IN_CACHE")
source.write_text(text.replace(LOOKS_IN_CACHE, LOOKS_HERE_FIRST))

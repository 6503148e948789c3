"""Shows that the image keeps its promises, in the place where kernels run: no network, nothing to write to but two directories."""

import os
import shutil
import subprocess
import sys
import warnings

warnings.simplefilter("error", RuntimeWarning)

from jupyter_client.manager import start_new_kernel

CELLS = {
    "python3": [
        "import numpy as np, pandas as pd, matplotlib.pyplot as plt\nframe = pd.DataFrame({'n': np.arange(3)})\nframe",
        "plt.plot(frame['n'])\nplt.show()",
        "!echo from a shell",
        "import os; os.getuid()",
    ],
    "ir": ["x <- c(1, 2, 3)\nmean(x)", "plot(x)"],
    "bash": ["word=kept", 'echo "$word"', "false"],
}
WANTED = {
    "python3": ["text/html", "image/png", "from a shell", "10001"],
    "ir": ["2", "image/png"],
    "bash": ["", "kept", "ExitStatus"],
}


def run(client, code):
    shown = []

    def hear(message):
        content = message["content"]
        shown.extend(f"{kind}: {value}"[:80] for kind, value in content.get("data", {}).items())
        shown.append(content.get("text") or content.get("ename") or "")

    client.execute_interactive(code, timeout=120, output_hook=hear, allow_stdin=False)
    return "\n".join(shown)


assert (os.getuid(), os.getgid()) == (10001, 10001)
assert sys.stdout.encoding == "utf-8"
assert shutil.which("jupyter-server")
assert subprocess.run(["jupyter-server", "--version"], capture_output=True, text=True, check=True).stdout.startswith("2.")

def main():
    for name, cells in CELLS.items():
        manager, client = start_new_kernel(kernel_name=name, startup_timeout=120)
        try:
            for code, wanted in zip(cells, WANTED[name], strict=True):
                said = run(client, code)
                assert wanted in said, f"{name}: {code!r} says {said!r} and not {wanted!r}"
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


main()
print("ok")

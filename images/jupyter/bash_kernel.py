"""A Jupyter kernel for Bash: one shell that lives as long as the kernel, fed with one cell after the other.

The shell is an interactive one without a terminal: only such a shell goes back to where it reads when it is interrupted, and
keeps its variables. A cell reads end of file. Its exit status, if it is not 0, is the error of the cell. A cell that ends the
shell ends the kernel with the same status.
"""

import codecs
import os
import selectors
import shlex
import signal
import subprocess

from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel

PIECE_BYTES = 64 * 1024
# The descriptor on which the shell tells a cell's status; cells do not have it.
STATUS = 9
START = f"set +o history +o histexpand; PS1= PS2=; unset HISTFILE; echo ready >&{STATUS}\n"


class BashKernel(Kernel):
    implementation = "polyrun-bash"
    implementation_version = "1"
    language = "bash"
    language_version = subprocess.run(["bash", "-c", 'printf %s "$BASH_VERSION"'], capture_output=True, text=True, check=True).stdout
    language_info = {"name": "bash", "version": language_version, "mimetype": "text/x-sh", "file_extension": ".sh", "codemirror_mode": "shell"}
    banner = f"Bash {language_version}"

    def __init__(self, **options):
        super().__init__(**options)
        status_read, status_write = os.pipe()
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec bash --noprofile --norc --noediting -i {STATUS}>&"$1" {status_write}>&-', "bash", str(status_write)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[status_write],
            # A kernel starts with this signal ignored, and so would everything below it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            env={**os.environ, "PS1": "", "PS2": ""},
        )
        os.close(status_write)
        self.sources = {"stdout": self.process.stdout.fileno(), "stderr": self.process.stderr.fileno(), "status": status_read}
        for descriptor in self.sources.values():
            os.set_blocking(descriptor, False)
        self.selector = selectors.DefaultSelector()
        for name, descriptor in self.sources.items():
            self.selector.register(descriptor, selectors.EVENT_READ, name)
        self.feed(START)
        self.follow(lambda name, text: None)  # a shell without a terminal complains that it has no job control

    def feed(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def do_execute(self, code, silent, store_history=True, user_expressions=None, allow_stdin=False, *, cell_meta=None, cell_id=None):
        # On a line of its own, since an interrupted shell forgets the rest of the line.
        self.feed(f"eval {shlex.quote(code)} </dev/null {STATUS}>&-\necho $? >&{STATUS}\n")

        def show(name, text):
            if not silent:
                self.send_response(self.iopub_socket, "stream", {"name": name, "text": text})

        status = self.follow(show)
        if status is None:
            self.process.wait()
            status = self.process.returncode
            os._exit(status if status >= 0 else 128 - status)
        if status == "0":
            return {"status": "ok", "execution_count": self.execution_count, "payload": [], "user_expressions": {}}
        error = {"ename": "ExitStatus", "evalue": status, "traceback": [f"exit status {status}"]}
        if not silent:
            self.send_response(self.iopub_socket, "error", error)
        return {"status": "error", "execution_count": self.execution_count, **error}

    def follow(self, show):
        """Hands on what the shell prints until it tells a status; `None` when it ended instead."""
        decoders = {name: codecs.getincrementaldecoder("utf-8")("replace") for name in ("stdout", "stderr")}
        told = b""

        def take(name):
            nonlocal told
            try:
                piece = os.read(self.sources[name], PIECE_BYTES)
            except BlockingIOError:
                return None
            if name == "status":
                told += piece
            elif text := decoders[name].decode(piece):
                show(name, text)
            return piece

        over = False
        while not over:
            try:
                for key, _ in self.selector.select():
                    piece = take(key.data)
                    over = over or (key.data == "status" and (piece == b"" or told.endswith(b"\n")))
            except KeyboardInterrupt:
                pass  # the shell has got the signal, too, and goes on with the next line
        for name in decoders:  # what was printed before the status is there by now
            while take(name):
                pass
        return told.decode().strip() or None


if __name__ == "__main__":
    IPKernelApp.launch_instance(kernel_class=BashKernel)

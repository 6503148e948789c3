/**
 * The program that carries byte streams between this process and a Unix socket in a container, all of them over its own input
 * and output. Arguments: the socket, and the bytes of a stream that may be under way in one direction. It is Python, which is
 * there wherever a Jupyter server is, and imports nothing that is not Python's own.
 *
 * It runs as a user of its own: no kernel can signal it, read its memory or take its descriptors. It never has more than a
 * window of a stream in memory, so that neither a kernel that floods nor a server that stands still makes it grow.
 */
export const RELAY = String.raw`
import os, selectors, socket, struct, sys

OPEN, DATA, END, RESET, CREDIT = range(5)
HEADER = struct.Struct('>BII')
PATH, WINDOW = sys.argv[1], int(sys.argv[2])
MOST_DATA = 64 * 1024
selector = selectors.DefaultSelector()
streams = {}


def send(kind, number, length=0, payload=b''):
    data = HEADER.pack(kind, number, length) + payload
    while data:
        data = data[os.write(1, data):]


class Stream:
    def __init__(self, number):
        self.number = number
        self.room = WINDOW
        self.pending = bytearray()
        self.host_ended = self.server_ended = False
        self.watched = 0
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.setblocking(False)
        streams[number] = self
        try:
            self.socket.connect(PATH)
        except OSError:
            return self.reset()
        self.watch()

    def watch(self):
        wanted = 0
        if self.room > 0 and not self.server_ended:
            wanted |= selectors.EVENT_READ
        if self.pending:
            wanted |= selectors.EVENT_WRITE
        if wanted == self.watched:
            return
        if not wanted:
            selector.unregister(self.socket)
        elif not self.watched:
            selector.register(self.socket, wanted, self)
        else:
            selector.modify(self.socket, wanted, self)
        self.watched = wanted

    def on_ready(self, ready):
        try:
            if ready & selectors.EVENT_WRITE:
                self.flush()
            if ready & selectors.EVENT_READ:
                self.read()
        except BlockingIOError:
            pass
        except OSError:
            return self.reset()
        self.settle()

    def read(self):
        data = self.socket.recv(min(MOST_DATA, self.room))
        if not data:
            self.server_ended = True
            return send(END, self.number)
        self.room -= len(data)
        send(DATA, self.number, len(data), data)

    def write(self, data):
        self.pending += data
        try:
            self.flush()
        except BlockingIOError:
            pass
        except OSError:
            return self.reset()
        self.settle()

    def flush(self):
        taken = self.socket.send(self.pending) if self.pending else 0
        del self.pending[:taken]
        if taken:
            send(CREDIT, self.number, taken)
        if self.host_ended and not self.pending:
            self.socket.shutdown(socket.SHUT_WR)

    def settle(self):
        if self.host_ended and self.server_ended and not self.pending:
            self.close()
        elif self.number in streams:
            self.watch()

    def reset(self):
        send(RESET, self.number)
        self.close()

    def close(self):
        if self.watched:
            selector.unregister(self.socket)
            self.watched = 0
        self.socket.close()
        streams.pop(self.number, None)


def obey(kind, number, amount, payload):
    if kind == OPEN:
        return Stream(number)
    stream = streams.get(number)
    if stream is None:
        return
    if kind == DATA:
        stream.write(payload)
    elif kind == END:
        stream.host_ended = True
        stream.write(b'')
    elif kind == RESET:
        stream.close()
    elif kind == CREDIT:
        stream.room += amount
        stream.settle()


def main():
    received = bytearray()
    selector.register(0, selectors.EVENT_READ)
    os.write(1, b'\n')
    while True:
        for key, ready in selector.select():
            if key.data is not None:
                if key.data.watched:
                    key.data.on_ready(ready)
                continue
            chunk = os.read(0, 256 * 1024)
            if not chunk:
                return
            received += chunk
            while len(received) >= HEADER.size:
                kind, number, amount = HEADER.unpack_from(received)
                end = HEADER.size + (amount if kind == DATA else 0)
                if len(received) < end:
                    break
                payload = bytes(received[HEADER.size:end])
                del received[:end]
                obey(kind, number, amount, payload)


main()
`

// Programs that the bodies share. Whatever they start is over after a minute by itself, should nobody end it.

/** Shell words for a process with a marker in its arguments that waits a minute. */
export const sleeper = (marker: string): string => `sleep 60.${marker}`

/** Shell words for a marked process that asks signals in vain to spare it. */
export const stubborn = (marker: string): string =>
  `sh -c 'trap "" TERM INT HUP; i=0; while [ $i -lt 60 ]; do sleep 1; i=$((i+1)); done' ${marker}`

/** A shell program that does the same itself, and waits for such a child. */
export const deaf = (marker: string): string => `trap '' TERM INT HUP\necho ready\n${stubborn(marker)}\n`

/** A shell program that starts a marked child, says so and waits for it. */
export const family = (child: string): string => `${child} &\necho ready\nwait\n`

/** Python that ends in another session than the program: a child that called `setsid`, marked. */
export const inOtherSession = (marker: string): string => `
import os, time
if os.fork() == 0:
    os.setsid()
    os.execvp("sleep", ["sleep", "60.${marker}"])
print("ready", flush=True)
time.sleep(60)
`

/** Python that leaves a marked daemon: forked twice, in its own session, away from all pipes, deaf to SIGTERM. */
export const daemonize = (marker: string, afterwards: string, environment = 'dict(os.environ)'): string => `
import os, signal, time
if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork() > 0:
        os._exit(0)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    environment = ${environment}
    environment["PATH"] = os.environ["PATH"]
    os.execvpe("sleep", ["sleep", "60.${marker}"], environment)
os.wait()
print("ready", flush=True)
${afterwards}
`

/** Python that waits a minute. */
export const PYTHON_WAITS = 'time.sleep(60)'

/** Bytes as octal escapes for the format of `printf`. */
export const octal = (bytes: Uint8Array): string => [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')

/** Shell words that print `count` times `x`. */
export const flood = (count: number): string => `head -c ${count} /dev/zero | tr '\\000' x`

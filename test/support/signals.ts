/** Signals that end a program on Linux, by name. */
export const SIGNALS = { HUP: 1, INT: 2, QUIT: 3, ABRT: 6, KILL: 9, USR1: 10, SEGV: 11, PIPE: 13, ALRM: 14, TERM: 15, XCPU: 24, SYS: 31 }

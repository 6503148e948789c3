import { closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { CodeExecutorError } from '../../core/index.ts'
import type { Command } from '../../engine/index.ts'

/** What the kernel takes in one argument, its final NUL included. */
const MAX_WORD_BYTES = 128 * 1024
/** What it takes for a command line with its environment under the usual stack limit, less what a launching shell needs. */
const MAX_WORDS_BYTES = 2 * 1024 ** 2 - 64 * 1024
const POINTER_BYTES = 8
/** A line that names an interpreter is no longer than this to the kernel. */
const MAX_SHEBANG_BYTES = 256

/** Refuses what the system could not start, before a shell tries and its failure looks like the program's. @throws `BACKEND_REJECTED` */
export function assertFits({ argv, env }: Command): void {
  const words = [...argv, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)]
  const sizes = words.map((word) => Buffer.byteLength(word) + 1)
  const total = sizes.reduce((sum, size) => sum + size + POINTER_BYTES, 0)
  if (total <= MAX_WORDS_BYTES && sizes.every((size) => size <= MAX_WORD_BYTES)) return
  const limits = `the system takes ${MAX_WORDS_BYTES} together and ${MAX_WORD_BYTES} in one`
  throw rejected(`arguments and environment have ${total} bytes; ${limits}`, 'Pass large data on standard input or in a file.')
}

/** Refuses a program that is not there any more, or whose own interpreter is not. @throws `BACKEND_REJECTED` */
export function assertRunnable(program: string, workDir: string): void {
  if (!program.includes('/')) return
  const path = resolve(workDir, program)
  if (!isFile(path)) throw rejected(`${path} is not there`, 'Install it again, or name another one.')
  const interpreter = /^#![ \t]*(\S+)/.exec(firstBytes(path))?.[1]
  if (interpreter?.startsWith('/') && !isFile(interpreter)) {
    throw rejected(`${path} wants ${interpreter}, which is not there`, 'Correct its first line, or install that.')
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

function firstBytes(path: string): string {
  try {
    // O_NONBLOCK: another program may put a FIFO here, and opening that would wait for a writer.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const buffer = Buffer.alloc(MAX_SHEBANG_BYTES)
      return buffer.toString('latin1', 0, readSync(descriptor, buffer))
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return '' // what may be run need not be readable
  }
}

function rejected(reason: string, nextStep: string): CodeExecutorError<'BACKEND_REJECTED'> {
  return new CodeExecutorError('BACKEND_REJECTED', `The system cannot start the program: ${reason}. ${nextStep}`, {
    executor: 'local',
    reason,
  })
}

import type { Command } from '../../../engine/index.ts'

/** What a script does, for a place that has no shell to read it. */
export type PlainTask =
  | { readonly kind: 'command'; readonly command: Command; readonly files: ReadonlyMap<string, Uint8Array> }
  | { readonly kind: 'write'; readonly files: ReadonlyMap<string, Uint8Array> }
  | { readonly kind: 'tool'; readonly args: readonly [what: 'remove' | 'find' | 'read' | 'empty', ...args: string[]] }

/** How much of its output the runner tells, and when. */
export interface OutputRoom {
  /** Bytes of one stream that are told as they come. */
  readonly live: number
  /** The same for both streams together. */
  readonly liveBoth: number
  /** Bytes of one part of what is not told as it comes; at least as many are kept until the end. */
  readonly part: number
  /** Bytes of both streams that are told in all. */
  readonly most: number
}

/** A log has 4 MB while its container runs; base64 and the beginnings of lines take a good quarter of it. */
const LOG_ROOM = { liveBoth: 1_200_000, part: 1_600_000, most: 2_750_000 } as const
const UNLIMITED = 2 ** 40

/** What fits into a log that nobody may have read before the end, and is worth telling when so many bytes of a stream are kept. */
export function roomInLog(outputBytes: number): OutputRoom {
  return { ...LOG_ROOM, live: outputBytes, part: Math.min(outputBytes, LOG_ROOM.part) }
}

/** What is worth telling over a socket when so many bytes of a stream are kept; all of it when every byte is wanted. */
export function roomOnSocket(outputBytes = UNLIMITED): OutputRoom {
  return { live: outputBytes, liveBoth: UNLIMITED, part: outputBytes, most: UNLIMITED }
}

import type { ContractCase } from '../contract.ts'
import { CONTENT_BODIES } from './bodies-content.ts'
import { PLACE_BODIES } from './bodies-places.ts'
import { FileContext, type FileBody, type FilePlace } from './context.ts'
import { FILE_REQUIREMENTS, type FileRequirement, type FileRequirementId } from './requirements.ts'

/** A file backend under test. */
export interface FileSubject {
  /** What reports call it. */
  readonly name: string
  /** Makes an empty one. */
  create(): Promise<FilePlace>
  /** Whether `run` of its places is there, so that what programs leave can be tried. @defaultValue false */
  readonly hasPrograms?: boolean
  /** Requirements that it does not meet, by id, with the reason. They run as expected failures. */
  readonly exceptions?: Readonly<Partial<Record<FileRequirementId, string>>>
}

/** A body for each of {@link FILE_REQUIREMENTS}. */
const FILE_BODIES: Readonly<Record<FileRequirementId, FileBody>> = { ...CONTENT_BODIES, ...PLACE_BODIES }

/** The tests that a file backend must pass. */
export function fileContract(subject: FileSubject): ContractCase[] {
  return Object.entries<FileRequirement>(FILE_REQUIREMENTS)
    .filter(([, { needsPrograms = false }]) => !needsPrograms || subject.hasPrograms === true)
    .map(([id, { title }]) => toCase(subject, id as FileRequirementId, title))
}

function toCase(subject: FileSubject, id: FileRequirementId, title: string): ContractCase {
  const expectedFailure = subject.exceptions?.[id]
  return {
    id: `files:${id}`,
    title,
    ...(expectedFailure !== undefined && { expectedFailure }),
    async run() {
      const place = await subject.create()
      try {
        await FILE_BODIES[id](new FileContext(place))
      } catch (error) {
        if (expectedFailure === undefined) throw error
        return
      } finally {
        await place.close?.()
      }
      if (expectedFailure !== undefined) throw new Error(`${id} holds on ${subject.name} now. Remove the exception: ${expectedFailure}`)
    },
  }
}

import { expect, test } from 'vitest'
import { BucketStore, MemoryBucket } from '../../docs/examples/object-store-files.ts'
import { CompositeBackend, FilesystemBackend, StateBackend, StoreFiles, withPermissions, FILE_PERMISSIONS } from '../../src/files/index.ts'
import { fileContract, FILE_REQUIREMENTS, type FileSubject } from '../../src/testing/index.ts'
import { registerContract } from '../contract/register.ts'
import { directoryPlace } from './places.ts'

const SUBJECTS: readonly FileSubject[] = [
  { name: 'files in memory', create: async () => ({ files: new StateBackend() }) },
  {
    name: 'files of a directory',
    hasPrograms: true,
    create: () => directoryPlace((rootDir) => new FilesystemBackend({ rootDir })),
  },
  {
    name: 'files of a directory, virtual',
    hasPrograms: true,
    create: () => directoryPlace((rootDir) => new FilesystemBackend({ rootDir, virtualMode: true })),
  },
  {
    name: 'files of several backends',
    create: async () => ({ files: new CompositeBackend({ default: new StateBackend(), routes: { '/elsewhere/': new StateBackend() } }) }),
    exceptions: Object.fromEntries(['list:parts'].map((id) => [id, 'the directory of a route is in the listing of the root'])),
  },
  {
    name: 'files of an object store',
    create: async () => ({ files: new StoreFiles(new BucketStore(new MemoryBucket())) }),
    exceptions: { 'many:answers': 'it keeps no permission bits' },
  },
  { name: 'files with permissions', create: async () => ({ files: withPermissions(new StateBackend(), FILE_PERMISSIONS.permissive) }) },
]

test('there are requirements', () => {
  expect(Object.keys(FILE_REQUIREMENTS).length).toBeGreaterThan(30)
})

for (const subject of SUBJECTS) registerContract({ kind: 'executor', name: subject.name }, fileContract(subject))

import { registerDocker } from './docker-subject.ts'

await registerDocker('gvisor', {
  timeScale: 3,
  exceptions: {
    'concurrent:turns':
      "the contract's program asks ls of a newer Debian, which needs a call (statx) that Debian 12's gVisor answers with EINVAL",
  },
})

import { registerDocker } from './docker-subject.ts'

await registerDocker('podman', { timeScale: 2 })

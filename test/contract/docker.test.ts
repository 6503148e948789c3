import { registerDocker } from './docker-subject.ts'

await registerDocker('docker', { timeScale: 2 })

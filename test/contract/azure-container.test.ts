import { registerAzure } from './azure-subject.ts'

await registerAzure('execution')

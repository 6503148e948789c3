import { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity'

// Prints a token of the machine's identity. A process of its own, since the library looks for the place once in a process.
const credential = process.argv[2] === 'default' ? new DefaultAzureCredential() : new ManagedIdentityCredential()
const { token } = await credential.getToken('https://management.azure.com/.default')
process.stdout.write(token)

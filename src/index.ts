// The package's entry: what programs use that call services. Its names are part of the contract.
export { HttpsConnection } from './client/https-connection.ts'
export { RemoteFault } from './client/remote-fault.ts'
export { ServiceProxy } from './client/service-proxy.ts'
export { GridwrapError } from './core/errors.ts'
export { readCredential } from './gsi/credential.ts'
export { findCredential, trustDirectory } from './gsi/find-credential.ts'

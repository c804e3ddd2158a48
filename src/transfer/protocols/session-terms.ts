import type { LogIn, SessionOptions } from '../../gridftp/client/session-options.ts'
import type { Access } from '../access.ts'
import type { Location } from '../location.ts'

/** How a session with the server of a location begins, and on which terms. */
export async function sessionTerms(location: Location, access: Access): Promise<SessionOptions> {
  const { host, port } = location
  const address = await access.resolve?.(host)
  const { connectTimeoutMs, idleTimeoutMs, gridftp = {} } = access
  const { protection, dataAuthentication, ports, allowDataHost, translate, listener } = gridftp
  const anonymous = location.scheme === 'ftp'
  return {
    host,
    port,
    ...(address === undefined ? {} : { address }),
    logIn: logInOf(location, access),
    ...(anonymous || protection === undefined ? {} : { protection }),
    ...(anonymous || dataAuthentication === undefined ? {} : { dataAuthentication }),
    ...(ports === undefined ? {} : { ports }),
    ...(allowDataHost === undefined ? {} : { allowDataHost }),
    ...(translate === undefined ? {} : { translate }),
    ...(listener === undefined ? {} : { listener }),
    ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
    ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
  }
}

function logInOf(location: Location, access: Access): LogIn {
  const { scheme, user, password } = location
  // RFC 1635: the password of anonymous tells who it is; nobody needs to know.
  if (scheme === 'ftp') return { with: 'password', user: user ?? 'anonymous', password: password ?? 'anonymous@' }
  const { credential, trust, gridftp = {} } = access
  const { delegation, serverSubjects = [] } = gridftp
  const { host, port } = location
  const subject = (
    serverSubjects.find(one => one.host === host || one.host === `${host}:${port}`) ??
    serverSubjects.find(one => one.host === undefined)
  )?.subject
  return {
    with: 'gsi',
    credential: credential(),
    trust: trust(),
    ...(delegation === undefined ? {} : { delegation }),
    ...(subject === undefined ? {} : { expect: { mode: 'identity', subject } }),
    ...(user === undefined ? {} : { user }),
  }
}

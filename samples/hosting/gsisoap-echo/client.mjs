// The client of GSISOAP's echo: delegates a proxy, and asks what arrived.
//   node client.mjs https://HOST:8443/hosted/echo "hello"
import { findCredential, HttpsConnection, ServiceProxy, trustDirectory } from 'gridwrap'

const [url, text = 'hello'] = process.argv.slice(2)
using connection = new HttpsConnection({
  credential: findCredential(),
  trustDirectory: trustDirectory(),
  delegation: 'full',
})
const echo = await ServiceProxy.connect(url, connection)
console.log((await echo.call('echo', { text })).result)
console.log((await echo.call('whoAmI', {})).result.name)
console.log((await echo.call('delegated', {})).result.subject)

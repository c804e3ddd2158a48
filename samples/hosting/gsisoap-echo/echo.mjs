// The echo server of GSISOAP: says what it hears, who said it, and which credential came with it.
// In gridwrap.yaml: `hosted: [./echo.mjs]`. It is at https://HOST/hosted/echo

class Echo {
  echo({ text }) {
    return text
  }

  whoAmI(_parameters, { identity }) {
    return { name: identity.subject, proxy: identity.proxy }
  }

  // What the caller delegated, over httpg with this very call, at /delegation before, or at a MyProxy server: a program of
  // one's own would log in somewhere with it.
  async delegated(_parameters, { credential }) {
    const { certificate, expires } = await credential()
    return { subject: certificate.subject.slash, expires: new Date(expires) }
  }
}

export default {
  name: 'echo',
  title: 'Says what it hears',
  portTypes: [
    {
      name: 'Echo',
      operations: {
        echo: { takes: { text: 'string' }, gives: 'string', reads: true },
        whoAmI: { gives: { fields: { name: 'string', proxy: 'string' } }, reads: true },
        delegated: { gives: { fields: { subject: 'string', expires: 'dateTime' } }, reads: true },
      },
    },
  ],
  service: Echo,
}

/** `host:port` or `[address]:port`; undefined when it is neither. */
export function readEndpoint(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, v6, name, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text) ?? []
  const host = v6 ?? name
  return host === undefined || Number(port) > 65_535 ? undefined : { host, port: Number(port) }
}

import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** What an FTP server of the plain kind does otherwise than it should. */
export interface Oddities {
  /** Files that it has, which are changed when something is stored. */
  readonly files: Map<string, Buffer>
  /** How often STOR is refused before a byte is sent. */
  refusals?: number
  /** Answers this to a command, in place of all others. */
  readonly answer?: (command: string, socket: Socket) => boolean
}

/** An FTP server with the texts of vsftpd and without MLST, whose faults a test can choose. */
export class OddFtpServer implements Disposable {
  readonly port: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server) {
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    server.on('connection', socket => this.#sockets.add(socket.on('error', () => undefined)))
  }

  static async start(oddities: Oddities): Promise<OddFtpServer> {
    const server = createServer(socket => serve(socket, oddities)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new OddFtpServer(server)
  }

  url(path: string): string {
    return `ftp://127.0.0.1:${this.port}${path}`
  }

  /** Connections that are open. */
  get open(): number {
    return [...this.#sockets].filter(socket => !socket.destroyed).length
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }
}

function serve(socket: Socket, oddities: Oddities): void {
  const { files, answer } = oddities
  const say = (line: string): void => void socket.write(`${line}\r\n`)
  let rest = 0
  let data: Promise<Socket> = Promise.reject(new Error('PASV first'))
  data.catch(() => undefined)
  const passive = async (): Promise<void> => {
    const listener = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    data = once(listener, 'connection').then(([one]) => {
      listener.close()
      return (one as Socket).on('error', () => undefined)
    })
    const { port } = listener.address() as AddressInfo
    say(`227 Entering Passive Mode (127,0,0,1,${port >> 8},${port & 255}).`)
  }
  const store = async (path: string): Promise<void> => {
    if ((oddities.refusals ?? 0) > 0) {
      oddities.refusals = (oddities.refusals ?? 0) - 1
      void data.then(one => one.destroy())
      return say('425 Failed to establish connection.')
    }
    say('150 Ok to send data.')
    const now = Buffer.concat(await (await data).toArray())
    const before = rest > 0 ? (files.get(path) ?? Buffer.alloc(0)) : Buffer.alloc(0)
    const whole = Buffer.alloc(Math.max(rest + now.length, before.length))
    before.copy(whole)
    now.copy(whole, rest)
    files.set(path, whole)
    rest = 0
    say('226 Transfer complete.')
  }
  const send = async (bytes: Buffer): Promise<void> => {
    say('150 Here it comes.')
    ;(await data).end(bytes)
    rest = 0
    say('226 Transfer complete.')
  }
  const isDirectory = (path: string): boolean =>
    [...files.keys()].some(name => name.startsWith(`${path.replace(/\/$/, '')}/`))
  const list = (path: string): Buffer => {
    const inside = [...files].flatMap(([name, bytes]) => {
      const [, first, more] = new RegExp(`^${path.replace(/\/$/, '')}/([^/]+)(/?)`).exec(name) ?? []
      return first === undefined ? [] : [[first, more === '/', bytes.length] as const]
    })
    const lines = inside.map(([name, folder, size]) =>
      folder
        ? `drwxr-xr-x    2 1000     1000         4096 Jan 01  2020 ${name}`
        : `-rw-r--r--    1 1000     1000     ${size} Jan 01 12:00 ${name}`,
    )
    return Buffer.from(['total 1', ...new Set(lines), ''].join('\r\n'))
  }
  const obey = async (line: string): Promise<void> => {
    if (answer?.(line, socket) === true) return
    const [verb = '', ...words] = line.split(' ')
    const path = words.join(' ')
    const file = files.get(path)
    switch (verb) {
      case 'USER':
        return say('331 Please specify the password.')
      case 'PASS':
        return say('230 Login successful.')
      case 'FEAT':
        return say('211-Features:\r\n EPSV\r\n MDTM\r\n PASV\r\n REST STREAM\r\n SIZE\r\n211 End')
      case 'TYPE':
      case 'ALLO':
        return say('200 ok')
      case 'PWD':
        return say('257 "/" is the current directory')
      case 'CWD':
        return say(
          path === '/' || isDirectory(path) ? '250 Directory successfully changed.' : '550 Failed to change directory.',
        )
      case 'SIZE':
        return say(file === undefined ? '550 Could not get file size.' : `213 ${file.length}`)
      case 'MDTM':
        return say(file === undefined ? '550 Could not get file modification time.' : '213 20200101000000')
      case 'MKD':
        return say(`257 "${path}" created`)
      case 'REST':
        rest = Number(path)
        return say('350 Restart position accepted.')
      case 'PASV':
        return await passive()
      case 'STOR':
        return await store(path)
      case 'LIST':
        return await send(list(path))
      case 'RETR':
        return file === undefined ? say('550 Failed to open file.') : await send(file.subarray(rest))
      default:
        return say('500 Unknown command.')
    }
  }
  let text = ''
  let turn = Promise.resolve()
  socket.on('data', chunk => {
    text += String(chunk)
    for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
      const line = text.slice(0, end)
      text = text.slice(end + 2)
      turn = turn.then(() => obey(line)).catch(() => void socket.destroy())
    }
  })
  say('220 (vsFTPd 3.0.5)')
}

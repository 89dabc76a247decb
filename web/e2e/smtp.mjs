// A mail server that keeps what it is given.
import { createServer } from 'node:net'

const plain = s =>
  s
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))

export class Smtp {
  /** Mails nobody has taken yet: whom they are for, and all they say. */
  mails = []
  wanted = []

  static async start() {
    const smtp = new Smtp()
    smtp.server = createServer(socket => smtp.talk(socket))
    await new Promise(r => smtp.server.listen(0, '127.0.0.1', r))
    smtp.port = smtp.server.address().port
    return smtp
  }

  talk(socket) {
    let held = ''
    let to = ''
    let data
    socket.on('error', () => {})
    socket.write('220 localhost ESMTP\r\n')
    socket.on('data', bytes => {
      held += bytes.toString('latin1')
      for (let end = held.indexOf('\r\n'); end >= 0; end = held.indexOf('\r\n')) {
        const line = held.slice(0, end)
        held = held.slice(end + 2)
        if (data !== undefined) {
          if (line !== '.') {
            data += `${line}\r\n`
            continue
          }
          this.take({ to, text: plain(data) })
          data = undefined
        } else if (/^RCPT/i.test(line)) to = /<(.*)>/.exec(line)[1]
        else if (/^DATA/i.test(line)) {
          data = ''
          socket.write('354 go on\r\n')
          continue
        } else if (/^QUIT/i.test(line)) {
          socket.end('221 bye\r\n')
          return
        }
        socket.write('250 OK\r\n')
      }
    })
  }

  take(mail) {
    this.mails.push(mail)
    for (const look of this.wanted) look()
  }

  /** The first mail to an address in which a path stands; gives the path with its query. */
  link(to, path) {
    return new Promise(resolve => {
      const look = () => {
        const i = this.mails.findIndex(m => m.to === to && m.text.includes(path))
        if (i < 0) return
        const [mail] = this.mails.splice(i, 1)
        this.wanted = this.wanted.filter(f => f !== look)
        resolve(new RegExp(`${path}[^\\s"<]*`).exec(mail.text)[0])
      }
      this.wanted.push(look)
      look()
    })
  }

  stop() {
    this.server.close()
  }
}

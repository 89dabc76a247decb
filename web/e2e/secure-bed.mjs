// A server that encrypts with an authority of its own, on an address that others could reach, and a browser
// whose owner has come to trust that authority.
import { execFileSync, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { binary, freePort, launch, pageOf } from './bed.mjs'

/** An address of this machine that is not loopback: only there a browser insists on encryption. */
export function outwardAddress() {
  const all = Object.values(networkInterfaces()).flat()
  const found = all.find(a => !a.internal && a.family === 'IPv4')
  if (!found) throw new Error('this machine has no IPv4 address but loopback')
  return found.address
}

export class SecureBed {
  static async start() {
    const bed = new SecureBed()
    bed.dir = await mkdtemp(join(tmpdir(), 'fieldpost-e2e-'))
    bed.data = join(bed.dir, 'site')
    const host = outwardAddress()
    bed.listen = `${host}:${await freePort(host)}`
    await bed.serve()
    return bed
  }

  /** Starts the server; from the second time on, on the port it had. */
  async serve() {
    this.child = spawn(binary, ['serve', '--data', this.data], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, FIELDPOST_SERVER__TLS: 'local-ca', FIELDPOST_SERVER__LISTEN: this.listen },
    })
    const [line] = await new Promise((resolve, reject) => {
      this.child.once('exit', () => reject(new Error('the server did not start')))
      createInterface(this.child.stdout).once('line', (...x) => resolve(x))
    })
    this.origin = /https:\/\/\S+/.exec(line)[0]
    this.listen = new URL(this.origin).host
  }

  /** A browser in a home of its own; with `trusting`, the site's root certificate was added there. */
  async browser(trusting) {
    const home = join(this.dir, trusting ? 'trusting' : 'stranger')
    const store = join(home, '.pki/nssdb')
    await mkdir(store, { recursive: true })
    const certutil = (...args) => execFileSync('certutil', ['-d', `sql:${store}`, ...args])
    certutil('-N', '--empty-password')
    if (trusting) certutil('-A', '-n', 'the site', '-t', 'C,,', '-i', join(this.data, 'tls/root.pem'))
    const browser = await launch({ env: { ...process.env, HOME: home } })
    this.browsers.push(browser)
    return browser
  }
  browsers = []

  async person(options) {
    return pageOf(await this.browser(true), options)
  }

  async kill() {
    if (!this.child || this.child.signalCode) return
    const gone = new Promise(r => this.child.once('exit', r))
    this.child.kill('SIGKILL')
    await gone
  }

  async stop() {
    for (const b of this.browsers) await b.close()
    await this.kill()
    await rm(this.dir, { recursive: true, force: true })
  }
}

import { randomInt } from 'node:crypto'
import { needTool, runTool } from './tools.ts'

const LIMIT_MS = 20_000

/** A network of the tests' own for the containers of an engine. */
export interface Bridge {
  readonly name: string
  remove(): Promise<void>
}

/**
 * Makes a bridge whose containers reach the network outside. An engine would make one by itself, with rules in the host's
 * firewall that stay behind, and clear those of another engine of the same machine. This one needs three rules and takes
 * them back. That the machine forwards packets, which the engine asks of it, stays.
 */
export async function makeBridge(): Promise<Bridge> {
  const ip = needTool('ip', 'iproute2')
  const iptables = needTool('iptables', 'iptables')
  // Interfaces have names of at most 15 characters.
  const number = randomInt(1, 255)
  const name = `polyrun${process.pid % 100_000}`
  const subnet = `10.213.${number}.0/24`
  const rules = [
    ['-t', 'nat', '-I', 'POSTROUTING', '-s', subnet, '!', '-o', name, '-j', 'MASQUERADE'],
    ['-t', 'filter', '-I', 'FORWARD', '-i', name, '-j', 'ACCEPT'],
    ['-t', 'filter', '-I', 'FORWARD', '-o', name, '-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED', '-j', 'ACCEPT'],
  ]
  const run = (tool: string, ...args: string[]): Promise<unknown> => runTool(tool, args, LIMIT_MS)
  const remove = async (): Promise<void> => {
    const undo = rules.map((rule) => run(iptables, '--wait', ...rule.map((word) => (word === '-I' ? '-D' : word))))
    await Promise.allSettled([...undo, run(ip, 'link', 'delete', name)])
  }
  try {
    await run(ip, 'link', 'add', name, 'type', 'bridge')
    await run(ip, 'address', 'add', `10.213.${number}.1/24`, 'dev', name)
    await run(ip, 'link', 'set', name, 'up')
    for (const rule of rules) await run(iptables, '--wait', ...rule)
    return { name, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

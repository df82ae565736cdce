import type { Fault } from './faults.ts'
import { foreignTransaction } from './foreign-transaction.ts'
import type { World } from './world.ts'

/** Lets every fault of a plan happen at its moment or step. */
export function strike(world: World, plan: readonly Fault[]): void {
  for (const fault of plan) {
    if ('step' in fault) {
      if ('worker' in fault) world.workers[fault.worker]?.plan(fault.step, fault)
      continue
    }
    const delay = Math.max(0, fault.at - world.clock.monotonic())
    world.clock.setTimeout(() => world.isCalm || happen(world, fault), delay)
  }
}

function happen(world: World, fault: Fault): void {
  const { clock, trace } = world
  trace.note(`fault: ${fault.kind}${'worker' in fault ? ` of worker-${fault.worker}` : ''}`)
  const worker = 'worker' in fault ? world.workers[fault.worker]! : undefined
  switch (fault.kind) {
    case 'crash':
      return worker!.kill(fault.back)
    case 'pause':
      return worker!.pause(fault.lasts)
    case 'restart':
      return void worker!.stop(fault.back)
    case 'disconnect':
      return worker!.disconnect(fault.lasts)
    case 'slow':
      return worker!.slow(fault.lasts, fault.latency)
    case 'jump':
      return worker!.jump(fault.by)
    case 'outage':
      world.outageUntil = clock.monotonic() + fault.lasts
      return
    case 'join': {
      const guest = world.add()
      guest.start()
      clock.setTimeout(() => void guest.stop(Infinity), fault.lasts)
      return
    }
    case 'foreign transaction':
      return foreignTransaction(world, fault.lasts, fault.aborts)
    case 'lost request':
    case 'lost answer':
    case 'late request':
    case 'late answer':
      // They are drawn by step; given by hand with a moment they meet the next request.
      worker!.plan(worker!.steps + 1, fault)
  }
}

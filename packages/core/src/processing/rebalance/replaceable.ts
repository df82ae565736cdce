import type { CurrentAssignment } from '../../assignment/assignor.ts'
import type { Store } from '../../store/store.ts'
import type { Task } from '../task/task.ts'

/** Whether other workers can go on with the state of all these tasks at once, without a full restore. */
export function replaceable(tasks: readonly Task[], current: CurrentAssignment | undefined, store: Store): boolean {
  const stateful = tasks.filter(({ group }) => group.tables.length > 0)
  if (current === undefined || current.workers.length < 2 || stateful.length === 0) return false
  if (store.supports.shared) return true
  return stateful.every(({ group, partition }) => current.followers(group.topics[0]!, partition).length > 0)
}

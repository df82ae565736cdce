/** A group as far as counting goes. Members are indices. */
export interface GroupCount {
  readonly tasks: number
  /** Who may have tasks of it, ascending; never empty. */
  readonly members: readonly number[]
  /** By member: how many tasks of the group it has now. */
  readonly owned: readonly number[]
  /** By member: of how many tasks that nobody has it has a copy of the state. */
  readonly warm: readonly number[]
  /** By member: of how many of those its copy is the freshest. */
  readonly freshest: readonly number[]
}

/** The weight of a task that stays where it is, and of evenness; a task that goes where a copy is weighs 1 or 2. */
interface Weights {
  readonly keep: number
  readonly total: number
}

/**
 * How many tasks of each group each member gets: `quotas[group][member]`. In this order of importance
 *
 * 1. within a group members differ by at most one,
 * 2. the totals of members are as even as that allows (the sum of their squares is least),
 * 3. as many tasks as possible stay where they are,
 * 4. those that have to move go where their state is warm.
 *
 * Every member gets the rounded-down share of a group, so what remains is who gets one more: a flow of units from groups
 * to members with convex costs at the members. Starting from the best choice group by group, units are moved along
 * cycles of negative cost until there is none, which is the optimum (Klein 1967; Ahuja, Magnanti, Orlin, Network Flows, 3.4).
 */
export function computeQuotas(groups: readonly GroupCount[], members: number): number[][] {
  const cells = groups.length * members
  const keep = 2 * cells + 1
  const weights: Weights = { keep, total: 2 * keep * (cells + 1) }
  const load = Array.from({ length: members }, () => 0)
  for (const { tasks, members: eligible } of groups) {
    const share = Math.floor(tasks / eligible.length)
    for (const member of eligible) load[member]! += share
  }
  const rows = groups.map((group) => startRow(group, weights, load))
  let moved = true
  while (moved) moved = moveAlongCycle(rows, load, weights.total)
  return groups.map(({ tasks, members: eligible }, g) => {
    const share = Math.floor(tasks / eligible.length)
    const quotas = Array.from({ length: members }, () => 0)
    for (const member of eligible) quotas[member] = share + rows[g]!.extra[member]!
    return quotas
  })
}

/** Who gets one more task of a group (1 or 0), and what that is worth. */
interface Row {
  readonly members: readonly number[]
  readonly extra: number[]
  readonly worth: readonly number[]
}

/** The best choice for one group alone; among equals the least loaded. */
function startRow(group: GroupCount, weights: Weights, load: number[]): Row {
  const { tasks, members, owned, warm, freshest } = group
  const share = Math.floor(tasks / members.length)
  const worth = load.map((_, member) => {
    if (owned[member]! > share) return weights.keep
    if (owned[member]! + freshest[member]! > share) return 2
    return owned[member]! + warm[member]! > share ? 1 : 0
  })
  const extra = load.map(() => 0)
  const order = [...members].sort((a, b) => worth[b]! - worth[a]! || load[a]! - load[b]! || a - b)
  for (const member of order.slice(0, tasks % members.length)) {
    extra[member] = 1
    load[member]!++
  }
  return { members, extra, worth }
}

/**
 * Finds one cycle of negative cost (Bellman and Ford) and moves a unit along it. Nodes are members, then groups, then
 * one that stands for the sum of all totals. From a member that has an extra of a group the way leads to the group, from
 * there to a member that has none; it may close over the totals, at the price of the change in the sum of squares.
 */
function moveAlongCycle(rows: readonly Row[], load: number[], totalWeight: number): boolean {
  const members = load.length
  const sum = members + rows.length
  const distance = new Float64Array(sum + 1)
  const from = new Int32Array(sum + 1).fill(-1)
  const relax = (node: number, by: number, cost: number): boolean => {
    if (cost >= distance[node]!) return false
    distance[node] = cost
    from[node] = by
    return true
  }
  for (let pass = 0; pass <= sum; pass++) {
    let changed = false
    rows.forEach(({ members: eligible, extra, worth }, g) => {
      const node = members + g
      for (const m of eligible) if (extra[m] === 1) changed = relax(node, m, distance[m]! + worth[m]!) || changed
      for (const m of eligible) if (extra[m] === 0) changed = relax(m, node, distance[node]! - worth[m]!) || changed
    })
    // (x + 1)^2 - x^2 for the member that gains, x^2 - (x - 1)^2 for the one that gives.
    for (let m = 0; m < members; m++) {
      changed = relax(sum, m, distance[m]! + totalWeight * (2 * load[m]! + 1)) || changed
    }
    for (let m = 0; m < members; m++) {
      changed = relax(m, sum, distance[sum]! - totalWeight * (2 * load[m]! - 1)) || changed
    }
    if (!changed) return false
    const cycle = findCycle(from)
    if (cycle !== undefined) {
      apply(cycle, rows, load)
      return true
    }
  }
  return false
}

/** The nodes of a cycle of predecessors, each after the one before it. */
function findCycle(from: Int32Array): number[] | undefined {
  const seen = new Int32Array(from.length).fill(-1)
  for (let start = 0; start < from.length; start++) {
    let node = start
    while (node !== -1 && seen[node] === -1) {
      seen[node] = start
      node = from[node]!
    }
    if (node === -1 || seen[node] !== start) continue
    const cycle = [node]
    for (let before = from[node]!; before !== node; before = from[before]!) cycle.push(before)
    return cycle.toReversed()
  }
  return undefined
}

function apply(cycle: readonly number[], rows: readonly Row[], load: number[]): void {
  const members = load.length
  cycle.forEach((node, i) => {
    const next = cycle[(i + 1) % cycle.length]!
    const row = rows[node - members]
    // Over a group one member gains what another gives; its own totals are what the sum stands for.
    if (row !== undefined) {
      row.extra[cycle[(i + cycle.length - 1) % cycle.length]!] = 0
      row.extra[next] = 1
    } else if (node === members + rows.length) {
      load[cycle[(i + cycle.length - 1) % cycle.length]!]!++
      load[next]!--
    }
  })
}

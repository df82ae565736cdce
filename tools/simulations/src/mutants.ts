import type { Plane, ScenarioName } from './scenarios.ts'

/** A deliberate bug: one place of the code, as it is built, and what stands there instead. */
export interface Mutant {
  readonly name: string
  /** Default core. */
  readonly package?: 'core' | 'kafka'
  /** Below the package's `dist`. */
  readonly file: string
  /** Must occur exactly once. */
  readonly find: string
  readonly replace: string
  /** What must catch it. */
  readonly scenario: ScenarioName
  /** Default embedded. */
  readonly plane?: Plane
}

/** Each breaks one rule on which the guarantees stand. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'offsets are committed before the changelog is written',
    file: 'processing/commit/at-least-once.js',
    find: 'await this.#proveMembership();',
    replace: `await this.#proveMembership();
            const early = open().flatMap((task) => task.offsets);
            if (early.length > 0) await consumer().commit(early.map(toCommit));`,
    scenario: 'at-least-once counts',
  },
  {
    name: 'offsets are committed before what handlers sent is acknowledged',
    file: 'processing/send/outbox.js',
    find: `this.#clock.setImmediate(() => {
                this.#scheduled = false;
                this.#sendAll();
            });
        }
        return this.#bytes > this.#limits.bytes ? (this.#room ??= deferred()).promise : undefined;
    }
    /** Resolves when every record taken so far is acknowledged; rejects when one was not. */
    async flush() {
        this.#sendAll();
        if (this.#inFlight.size > 0)
            await Promise.all(this.#inFlight);`,
    // Gathered for a while, as producers do: else they are nearly always in the log before the commit asks.
    replace: `this.#clock.setTimeout(() => {
                this.#scheduled = false;
                this.#sendAll();
            }, 50);
        }
        return this.#bytes > this.#limits.bytes ? (this.#room ??= deferred()).promise : undefined;
    }
    async flush() {`,
    scenario: 'at-least-once re-keys',
  },
  {
    name: 'values that are still in work are acknowledged',
    file: 'processing/queue/ack-tracker.js',
    find: 'return this.#head < this.#offsets.length ? this.#offsets[this.#head] : this.#next;',
    replace: 'return this.#next;',
    scenario: 'at-least-once re-keys',
  },
  {
    name: 'the store is written before the transaction is decided',
    file: 'processing/commit/exactly-once.js',
    find: 'await producer.commitTransaction();',
    replace:
      'await this.#writeStores(sent.filter((write) => write !== undefined)); await producer.commitTransaction();',
    scenario: 'exactly-once counts',
  },
  {
    name: 'a transaction may commit what was taken away meanwhile',
    file: 'processing/commit/exactly-once.js',
    find: 'function checkHeld(tasks) {',
    replace: 'function checkHeld(tasks) { return;',
    scenario: 'exactly-once counts',
  },
  {
    name: 'committed offsets are read while a transaction that moves them is open',
    file: 'processing/rebalance/find-start-offsets.js',
    find: '{ requireStable: true }',
    replace: '{ requireStable: false }',
    scenario: 'exactly-once counts',
  },
  {
    name: 'a restore ends at the last stable offset',
    file: 'processing/restore/restore.js',
    find: 'const { logEnd } = bounds[index];',
    replace: 'const { lastStable: logEnd } = bounds[index];',
    scenario: 'exactly-once counts',
  },
  {
    name: 'a transaction lacks the offsets of a task whose records it carries',
    file: 'processing/commit/exactly-once.js',
    find: 'const offsets = tasks.flatMap((one) => one.offsets).map(toCommit);',
    replace: 'const offsets = tasks.slice(-1).flatMap((one) => one.offsets).map(toCommit);',
    scenario: 'exactly-once counts',
  },
  {
    name: 'a sequence is given to other records after a lost answer',
    file: 'transport/embedded/client/sender.js',
    find: `if (isFaustError(error, 'FAUST_TRANSPORT_UNAVAILABLE'))
            return [...flights];`,
    replace: `if (isFaustError(error, 'FAUST_TRANSPORT_UNAVAILABLE')) {
            for (const { batch } of flights) for (const send of batch.sends) this.#options.queue.resolve(send, -1);
            return [];
        }`,
    scenario: 'at-least-once counts',
  },
  {
    name: 'what an aborted transaction held stays in memory',
    file: 'processing/commit/exactly-once.js',
    find: 'takeBack(tasks.map(({ task }) => task));',
    replace: '',
    scenario: 'exactly-once counts',
  },
  {
    name: 'a closed window is not noted as closed',
    file: 'table/windows/window-keeper.js',
    find: 'this.context.shard.put(this.#state, {',
    replace: 'void (this.#state, {',
    scenario: 'exactly-once windows',
  },
  {
    name: 'changelog entries are still tried after the partition was lost',
    file: 'processing/commit/at-least-once.js',
    find: 'this.#parts.changelogs.abandon();',
    replace: '',
    scenario: 'at-least-once counts',
  },
  {
    name: 'a failed attempt keeps what it wrote and sent',
    file: 'agent/failures.js',
    find: 'const undo = rewind !== undefined &&',
    replace: 'const undo = false &&',
    scenario: 'exactly-once re-keys',
  },
  {
    name: 'a shard’s position is one record ahead',
    file: 'processing/commit/changelog-write.js',
    find: 'baseOffset + entries.length - 1',
    replace: 'baseOffset + entries.length',
    scenario: 'at-least-once counts',
  },
  {
    name: 'a restore reads what was aborted',
    file: 'processing/restore/changelog-reader.js',
    find: "isolation: 'read-committed'",
    replace: "isolation: 'read-uncommitted'",
    scenario: 'exactly-once counts',
  },
  {
    name: 'what handlers send leaves outside of the transaction',
    file: 'processing/send/outputs.js',
    find: 'if (task === undefined)',
    replace: '',
    scenario: 'exactly-once re-keys',
  },
  {
    name: 'the store is written before the changelog',
    file: 'processing/commit/at-least-once.js',
    find: 'await this.#proveMembership();',
    replace: `await this.#proveMembership();
            for (const { shards } of open()) for (const { shard, ...frozen } of shards) {
              const entries = await shard.encodeFrozen({ shard, ...frozen });
              if (shard.store.position !== null) await shard.store.write({ entries, position: shard.store.position });
            }`,
    scenario: 'at-least-once counts',
  },
  {
    name: 'offsets go into a transaction without generation and member',
    file: 'processing/commit/exactly-once.js',
    find: 'producer.sendOffsets(offsets, membership)',
    replace: "producer.sendOffsets(offsets, { group: membership.group, generation: -1, memberId: '' })",
    scenario: 'exactly-once counts',
  },
  {
    name: 'a sequence of Kafka is given to other records after a lost answer',
    package: 'kafka',
    file: 'producer/delivery/outcomes.js',
    find: 'return this.#again(flight, error, isOver, AGAIN);',
    replace: `lane.flight = null;
            for (const part of flight.parts) this.#options.sends.stored(part, -1);
            return;`,
    scenario: 'at-least-once re-keys',
    plane: 'double',
  },
  {
    name: 'a restart begins with the store as it is, without the rest of the changelog',
    file: 'processing/restore/restore-from.js',
    find: 'if (position.log === shard.log && next >= logStart && !(stale && next < logEnd))\n        return next;',
    replace: 'if (position.log === shard.log) return logEnd;',
    scenario: 'exactly-once counts',
  },
]

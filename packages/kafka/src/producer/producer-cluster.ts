import type { Cluster } from '../cluster/cluster.ts'

/** What a producer needs of a cluster. */
export type ProducerCluster = Pick<
  Cluster,
  | 'clock'
  | 'logger'
  | 'connection'
  | 'track'
  | 'topic'
  | 'leader'
  | 'stale'
  | 'refresh'
  | 'onChange'
  | 'coordinator'
  | 'forgetCoordinator'
  | 'sendToAny'
>

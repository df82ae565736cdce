import type { ApiHeader } from '../../connection/wire.ts'
import { createTopicsApi } from './create-topics.ts'
import { deleteTopicsApi } from './delete-topics.ts'
import { describeConfigsApi } from './describe-configs.ts'

/** What is spoken beside the data plane, each at one version that Kafka 2.8 to 4.x all have. */
export const ADMIN_APIS: readonly ApiHeader[] = [createTopicsApi, deleteTopicsApi, describeConfigsApi]

export { yaml } from './yaml.ts'
export type { YamlOptions } from './yaml.ts'

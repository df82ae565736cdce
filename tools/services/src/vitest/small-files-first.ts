import { statSync } from 'node:fs'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Vitest begins with large files, as they take long elsewhere. Here it is a kit or an outage of few lines that takes
 * longest: begun last, it would run alone while the other workers have nothing left to do.
 */
export class SmallFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sizes = new Map(files.map((file) => [file, statSync(file.moduleId).size]))
    return files.toSorted((one, other) => sizes.get(one)! - sizes.get(other)!)
  }
}

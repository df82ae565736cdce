/** Stream time before the first record with a timestamp. */
export const NO_TIME = -1

import { type Caller, sessionKeyId } from '@sluice/contracts/caller'

/** Whether somebody signed in calls, and not one of their keys: a key was given out for less than its person may do. */
export function isSession({ userId, keyId }: Pick<Caller, 'userId' | 'keyId'>): boolean {
  return userId !== null && keyId === sessionKeyId(userId)
}

/** What the planner's short reasons mean. */
const MEANINGS: Readonly<Record<string, string>> = {
  level: 'wants more than there is: all who do get the same level of the cap',
  headroom: 'wants less than its part: what it uses, and some room',
  'standby limit': 'idle: a small limit, so that it cannot take the whole link when it wakes',
  // As a journal from before calls it.
  guard: 'idle: a small limit, so that it cannot take the whole link when it wakes',
  'own limit': "the user's own limit, which is never exceeded",
};

export function meaningOf(reason: string): string {
  return MEANINGS[reason] ?? reason;
}

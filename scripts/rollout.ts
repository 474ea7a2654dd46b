/** `npx tsx scripts/rollout.ts start config/rollout.example.yaml`: the command line's `rollout`, without a build. */
process.argv.splice(2, 0, 'rollout');
await import('../src/main.ts');

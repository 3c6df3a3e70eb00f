import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { importCommand } from '@/components/costs/import-command';

it('is the plain command for a plain address', () => {
  expect(importCommand('ada+gpu@example.com')).toBe(
    'npm run pipeline -- import charges examples/charges.csv --set user=ada+gpu@example.com',
  );
});

it('reaches the command as one word, whatever the address holds', () => {
  const hostile = fc.stringMatching(/^[!-~]{1,30}$/);
  fc.assert(
    fc.property(hostile, (user) => {
      const words = importCommand(user).replace(/^npm run pipeline --/, 'printf "%s\\n"');
      const printed = execFileSync('/bin/sh', ['-c', words], { encoding: 'utf8' });
      expect(printed).toBe(`import\ncharges\nexamples/charges.csv\n--set\nuser=${user}\n`);
    }),
    { numRuns: 60 },
  );
});

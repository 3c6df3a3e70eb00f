import { randomInt } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { CommandError } from '@/cli/command-error';

const ETX = '\u0003';
const BACKSPACES = ['\u007f', '\b'];
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
const GENERATED_LENGTH = 20;

/** A new random password of about 117 bits, without characters that look alike. */
export function generatePassword(): string {
  return Array.from({ length: GENERATED_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** The password on standard input; one line break at its end belongs to the sender. */
export async function readPasswordFromStdin(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '');
}

/** Reads a line from the terminal without showing it. */
function askHidden(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = (settle: () => void) => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      settle();
    };
    const onData = (chunk: string) => {
      for (const character of chunk) {
        if (character === ETX) return end(() => reject(new CommandError('Stopped.')));
        if (character === '\r' || character === '\n') return end(() => resolve(typed));
        typed = BACKSPACES.includes(character) ? [...typed].slice(0, -1).join('') : typed + character;
      }
    };
    stdin.on('data', onData);
  });
}

/** Asks for a new password twice. @throws CommandError without a terminal, or where the two differ */
export async function askNewPassword(): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new CommandError('There is no terminal to ask on: pipe the password in and use --password-stdin.');
  }
  const password = await askHidden('New password: ');
  if ((await askHidden('Once more: ')) !== password) throw new CommandError('The two were not the same.');
  return password;
}

import { randomInt } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { CommandError } from '@/cli/command-error';

const ETX = '\u0003';
const EOT = '\u0004';
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

/** Asks for lines on the terminal one after the other, without showing what is typed. */
function askHidden(questions: readonly string[]): Promise<string[]> {
  const { stdin, stderr } = process;
  const lines: string[] = [];
  let typed = '';
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stderr.write(questions[0] ?? '');
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      stdin.off('data', onData).off('end', onEnd).setRawMode(false).pause();
      settle();
    };
    const stopped = () => reject(new CommandError('Stopped.'));
    const onEnd = () => end(stopped);
    const onData = (chunk: string) => {
      for (const character of chunk) {
        if (character === ETX || character === EOT) return end(stopped);
        if (character === '\r' || character === '\n') {
          lines.push(typed);
          typed = '';
          stderr.write(`\n${questions[lines.length] ?? ''}`);
          if (lines.length === questions.length) return end(() => resolve(lines));
        } else typed = BACKSPACES.includes(character) ? [...typed].slice(0, -1).join('') : typed + character;
      }
    };
    stdin.on('data', onData).on('end', onEnd);
  });
}

/** Asks for a new password twice. @throws CommandError without a terminal, or where the two differ */
export async function askNewPassword(): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new CommandError('There is no terminal to ask on: pipe the password in and use --password-stdin.');
  }
  const [password = '', again] = await askHidden(['New password: ', 'Once more: ']);
  if (again !== password) throw new CommandError('The two were not the same.');
  return password;
}

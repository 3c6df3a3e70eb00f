// Reads what browsers are sent and fails where it holds anything that belongs to the server alone.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Names that only code of the server can know; none of them is a secret, but each would come along with one. */
const OF_THE_SERVER: readonly (readonly [RegExp, string])[] = [
  [/\bservice_role\b|\bledger_keeper\b|\bpipeline_(owner|app|worker)\b/, 'a role of the database'],
  [/\b(DATABASE_URL|SUPABASE_SERVICE\w*|PIPELINE_[A-Z_]+)\b/, 'a setting of the server'],
  [/\bpostgres(ql)?:\/\//, 'the address of a database'],
  [/\b(lora_cost_records|encrypted_password|set_config)\b/, 'SQL'],
  [/-----BEGIN|"d":"[\w-]{40,}"/, 'a private key'],
  [/\bsb_secret_\w+/, 'a secret key of Supabase'],
];

/** What a file for browsers holds and should not. */
export function serverPartsIn(text: string): string[] {
  return OF_THE_SERVER.filter(([pattern]) => pattern.test(text)).map(
    ([pattern, what]) => `${what} (${pattern.exec(text)?.[0]})`,
  );
}

function main(folder: string): void {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && /\.(js|css|html|json|txt|map)$/.test(entry.name),
  );
  const problems = files.flatMap((entry) => {
    const file = path.join(entry.parentPath, entry.name);
    return serverPartsIn(readFileSync(file, 'utf8')).map((part) => `${path.relative(folder, file)} holds ${part}`);
  });
  for (const problem of problems) console.error(problem);
  console.log(`${files.length} files for browsers: ${problems.length} problems`);
  process.exitCode = problems.length > 0 || files.length === 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main(process.argv[2] ?? path.join(import.meta.dirname, '..', '.next', 'static'));
}

// Lines of ten megabytes wherever a line can be written.
import { writeSync } from 'node:fs';

function write(descriptor, text) {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}

const long = 'x'.repeat(10_000_000);
write(1, `${long}\n@pipeline {"message":"${long}"}\nafter\n`);
write(2, `${long}\nafter\n`);
write(3, `{"message":"${long}"}\n{"step":7}\n${long}`);
